#include "proxy/oip/number_text.hpp"

#include "proxy/oip/half.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace pilotlight::oip {
namespace {

/// Longest number with its comma: -1.7976931348623157e+308, .0 is never added to such.
constexpr std::size_t longest = 32;

/// A buffer in front of the string: one append per 1.5 KiB instead of one per number, and no zero-filling.
class writer
{
public:
  explicit writer(std::string& json) : json_(json) {}
  ~writer() { flush(); }
  writer(writer const&) = delete;
  writer& operator=(writer const&) = delete;

  template <class Number>
  void put(Number number)
  {
    if (buffer_.size() - used_ < longest) flush();
    auto* const start = buffer_.data() + used_;
    auto* end = std::to_chars(start, buffer_.data() + buffer_.size(), number).ptr;
    if constexpr (std::is_floating_point_v<Number>)
      if (std::all_of(start, end,
                      [](char character) { return character == '-' || (character >= '0' && character <= '9'); })) {
        *end++ = '.';
        *end++ = '0';
      }
    *end++ = ',';
    used_ = static_cast<std::size_t>(end - buffer_.data());
  }
  void put(bool flag)
  {
    if (buffer_.size() - used_ < longest) flush();
    auto const text = flag ? std::string_view("true,") : std::string_view("false,");
    text.copy(buffer_.data() + used_, text.size());
    used_ += text.size();
  }

private:
  void flush()
  {
    json_.append(buffer_.data(), used_);
    used_ = 0;
  }

  std::string& json_;
  std::size_t used_ = 0;
  std::array<char, 1536> buffer_;
};

template <class Storage, class Convert>
std::optional<std::size_t> write(std::string& json, std::span<std::byte const> data, Convert convert)
{
  auto out = writer(json);
  for (auto i = std::size_t{0}; i < data.size() / sizeof(Storage); ++i) {
    Storage element;
    std::memcpy(&element, data.data() + i * sizeof element, sizeof element);
    auto const number = convert(element);
    if constexpr (std::is_floating_point_v<std::decay_t<decltype(number)>>)
      if (!std::isfinite(number)) [[unlikely]]
        return i;
    out.put(number);
  }
  return std::nullopt;
}

template <class Number>
std::optional<std::size_t> write(std::string& json, std::span<std::byte const> data)
{
  return write<Number>(json, data, [](Number number) { return number; });
}

std::optional<std::size_t> write_elements(std::string& json, datatype type, std::span<std::byte const> data)
{
  switch (type) {
  case datatype::boolean: return write<std::uint8_t>(json, data, [](std::uint8_t byte) { return byte != 0; });
  case datatype::uint8: return write<std::uint8_t>(json, data, [](std::uint8_t byte) { return unsigned{byte}; });
  case datatype::int8: return write<std::int8_t>(json, data, [](std::int8_t byte) { return int{byte}; });
  case datatype::uint16: return write<std::uint16_t>(json, data);
  case datatype::uint32: return write<std::uint32_t>(json, data);
  case datatype::uint64: return write<std::uint64_t>(json, data);
  case datatype::int16: return write<std::int16_t>(json, data);
  case datatype::int32: return write<std::int32_t>(json, data);
  case datatype::int64: return write<std::int64_t>(json, data);
  case datatype::fp16: return write<std::uint16_t>(json, data, fp16_format::widen);
  case datatype::bf16: return write<std::uint16_t>(json, data, bf16_format::widen);
  case datatype::fp32: return write<float>(json, data);
  case datatype::fp64: return write<double>(json, data);
  case datatype::unknown: break;
  }
  return std::nullopt;
}

} // namespace

std::optional<std::size_t> append_numbers(std::string& json, datatype type, std::span<std::byte const> data)
{
  json += '[';
  auto const refused = write_elements(json, type, data);
  if (json.back() == ',')
    json.back() = ']';
  else
    json += ']';
  return refused;
}

} // namespace pilotlight::oip
