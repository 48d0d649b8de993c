// Which tensor element types exist, how wide are they, what does the Open Inference Protocol call them? Pure.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pilotlight {

/// Element types that both the Open Inference Protocol and LibTorch have. BYTES is not one of them.
/// Values cross the channel: fixed numbers. `unknown` is what metadata says before it was ever shown.
enum class datatype : std::uint8_t
{
  unknown,
  boolean,
  uint8,
  uint16,
  uint32,
  uint64,
  int8,
  int16,
  int32,
  int64,
  fp16,
  bf16,
  fp32,
  fp64
};

inline constexpr std::array<std::string_view, 14> datatype_names = {"",       "BOOL", "UINT8", "UINT16", "UINT32",
                                                                    "UINT64", "INT8", "INT16", "INT32",  "INT64",
                                                                    "FP16",   "BF16", "FP32",  "FP64"};
inline constexpr std::array<std::uint8_t, 14> datatype_sizes = {0, 1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8};

/// The protocol's name, e.g. "FP32"; "" for unknown.
constexpr std::string_view to_string(datatype type)
{
  return datatype_names[static_cast<std::size_t>(type) % datatype_names.size()];
}

/// Bytes of one element; 0 for unknown.
constexpr std::size_t size_of(datatype type)
{
  return datatype_sizes[static_cast<std::size_t>(type) % datatype_sizes.size()];
}

/// The type named so (exact, upper case), or nothing; "" and "BYTES" are nothing.
constexpr std::optional<datatype> parse_datatype(std::string_view name)
{
  for (std::size_t i = 1; i < datatype_names.size(); ++i)
    if (datatype_names[i] == name) return static_cast<datatype>(i);
  return std::nullopt;
}

/// For sentences: every name that is allowed.
inline constexpr std::string_view allowed_datatypes =
    "BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32 or FP64";

} // namespace pilotlight
