// How do FP16 and BF16 become numbers and back? Bits in, bits out. Pure.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

namespace pilotlight::oip {

/// A 16-bit IEEE 754 format: sign, `exponent_bits`, `mantissa_bits`.
template <int exponent_bits, int mantissa_bits>
struct half_format
{
  static constexpr int bias = (1 << (exponent_bits - 1)) - 1;
  static constexpr std::uint16_t infinity = ((1u << exponent_bits) - 1) << mantissa_bits;

  /// Rounds to nearest, ties to even, in one step; nothing when that is infinite (or `value` is no number).
  static std::optional<std::uint16_t> narrow(double value)
  {
    auto const bits = std::bit_cast<std::uint64_t>(value);
    auto const sign = static_cast<std::uint16_t>(bits >> 48 & 0x8000);
    auto const magnitude = bits & ~(std::uint64_t{1} << 63);
    auto const exponent = static_cast<int>(magnitude >> 52) - 1023;
    if (exponent < 1 - bias) {
      // Subnormal: count units of the smallest one. The sum may carry into the smallest normal, as it should.
      auto const units = std::nearbyint(std::ldexp(std::abs(value), bias - 1 + mantissa_bits));
      return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(units));
    }
    constexpr auto dropped = 52 - mantissa_bits;
    auto const half = (std::uint64_t{1} << (dropped - 1)) - 1 + (magnitude >> dropped & 1);
    auto const rounded = (magnitude + half) >> dropped;
    auto const rebased = rounded - (static_cast<std::uint64_t>(1023 - bias) << mantissa_bits);
    if (rebased >= infinity) return std::nullopt;
    return static_cast<std::uint16_t>(sign | rebased);
  }

  /// Exact.
  static float widen(std::uint16_t bits)
  {
    auto const sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
    auto const magnitude = static_cast<std::uint32_t>(bits & 0x7fff);
    auto const mantissa = magnitude & ((1u << mantissa_bits) - 1);
    auto const exponent = magnitude >> mantissa_bits;
    if (magnitude >= infinity) return std::bit_cast<float>(sign | 0x7f800000 | mantissa << (23 - mantissa_bits));
    if (exponent == 0) {
      auto const value = std::ldexp(static_cast<float>(mantissa), 1 - bias - mantissa_bits);
      return sign ? -value : value;
    }
    auto const rebased = (magnitude << (23 - mantissa_bits)) + (static_cast<std::uint32_t>(127 - bias) << 23);
    return std::bit_cast<float>(sign | rebased);
  }
};

using fp16_format = half_format<5, 10>;
using bf16_format = half_format<8, 7>;

} // namespace pilotlight::oip
