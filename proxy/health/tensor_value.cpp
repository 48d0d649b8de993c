#include "proxy/health/tensor_value.hpp"
#include "proxy/oip/half.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace pilotlight::health {
namespace {

template <class stored>
bool append(std::vector<std::byte>& bytes, stored value)
{
  auto const at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
  return true;
}

template <class format>
bool append_half(std::vector<std::byte>& bytes, double value)
{
  if (std::isnan(value)) return append<std::uint16_t>(bytes, format::infinity | 1);
  if (std::isinf(value))
    return append<std::uint16_t>(bytes, static_cast<std::uint16_t>(format::infinity | (value < 0 ? 0x8000 : 0)));
  auto const narrowed = format::narrow(value);
  return narrowed && append(bytes, *narrowed);
}

template <class integer>
bool append_integer(std::vector<std::byte>& bytes, std::int64_t value)
{
  return std::in_range<integer>(value) && append(bytes, static_cast<integer>(value));
}

} // namespace

std::string described(datatype type, std::span<std::int64_t const> shape)
{
  auto text = std::string(to_string(type)) + " [";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string place_of(std::uint64_t element, std::span<std::int64_t const> shape)
{
  auto text = std::string();
  for (auto dimension = shape.size(); dimension-- > 0;) {
    auto const extent = static_cast<std::uint64_t>(std::max<std::int64_t>(1, shape[dimension]));
    text = std::to_string(element % extent) + (text.empty() ? "" : ", ") + text;
    element /= extent;
  }
  return "[" + text + "]";
}

bool append_value(std::vector<std::byte>& bytes, datatype type, std::int64_t value)
{
  switch (type) {
  case datatype::unknown: return false;
  case datatype::boolean: return (value == 0 || value == 1) && append(bytes, static_cast<std::uint8_t>(value));
  case datatype::uint8: return append_integer<std::uint8_t>(bytes, value);
  case datatype::uint16: return append_integer<std::uint16_t>(bytes, value);
  case datatype::uint32: return append_integer<std::uint32_t>(bytes, value);
  case datatype::uint64: return append_integer<std::uint64_t>(bytes, value);
  case datatype::int8: return append_integer<std::int8_t>(bytes, value);
  case datatype::int16: return append_integer<std::int16_t>(bytes, value);
  case datatype::int32: return append_integer<std::int32_t>(bytes, value);
  case datatype::int64: return append(bytes, value);
  case datatype::fp16:
  case datatype::bf16:
  case datatype::fp32:
  case datatype::fp64: return append_value(bytes, type, static_cast<double>(value));
  }
  return false;
}

bool append_value(std::vector<std::byte>& bytes, datatype type, double value)
{
  if (type == datatype::fp16) return append_half<oip::fp16_format>(bytes, value);
  if (type == datatype::bf16) return append_half<oip::bf16_format>(bytes, value);
  if (type == datatype::fp64) return append(bytes, value);
  if (type == datatype::fp32) {
    if (std::isfinite(value) && std::abs(value) > std::numeric_limits<float>::max()) return false;
    return append(bytes, static_cast<float>(value));
  }
  // 2^63 itself is no int64.
  auto const fits = value >= -0x1p63 && value < 0x1p63; // false for NaN
  if (!fits || value != std::trunc(value)) return false;
  return append_value(bytes, type, static_cast<std::int64_t>(value));
}

} // namespace pilotlight::health
