#include "proxy/health/compare.hpp"
#include "proxy/config/document.hpp"
#include "proxy/health/wording.hpp"
#include "proxy/oip/half.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace pilotlight::health {
namespace {

/// The element as a number that holds it exactly.
template <class stored>
stored element(tensor_value const& of, std::uint64_t index)
{
  auto value = stored();
  std::memcpy(&value, of.bytes.data() + index * sizeof(stored), sizeof value);
  return value;
}

bool close(double golden, double got, allowance const& within)
{
  if (std::isnan(golden) || std::isnan(got)) return std::isnan(golden) && std::isnan(got);
  if (std::isinf(golden) || std::isinf(got)) return golden == got;
  return std::abs(got - golden) <= within.absolute + within.relative * std::abs(golden);
}

/// Exact where doubles are not: 2^63 and its neighbour differ.
template <class integer>
  requires std::is_integral_v<integer>
bool close(integer golden, integer got, allowance const& within)
{
  if (golden == got) return true;
  using widest = std::conditional_t<std::is_signed_v<integer>, std::int64_t, std::uint64_t>;
  auto const low = static_cast<std::uint64_t>(widest{std::min(golden, got)});
  auto const high = static_cast<std::uint64_t>(widest{std::max(golden, got)});
  auto const apart = static_cast<double>(high - low); // also right across zero, mod 2^64
  return apart <= within.absolute + within.relative * std::abs(static_cast<double>(golden));
}

std::string shown(double value)
{
  return exactly(value);
}
template <class integer>
  requires std::is_integral_v<integer>
std::string shown(integer value)
{
  return std::to_string(value);
}

struct counted
{
  std::uint64_t differ = 0;
  std::string first; ///< "[0, 3] is 0.5, golden is 0.25"
};

/// `read` gives the number that stands for an element.
template <class reading>
counted count_with(tensor_value const& golden, tensor_value const& got, allowance const& within, std::uint64_t elements,
                   reading read)
{
  auto count = counted();
  for (std::uint64_t i = 0; i < elements; ++i) {
    auto const wanted = read(golden, i);
    auto const found = read(got, i);
    if (close(wanted, found, within)) continue;
    if (count.differ++ == 0)
      count.first = place_of(i, golden.shape) + " is " + shown(found) + ", golden is " + shown(wanted);
  }
  return count;
}

template <class stored>
counted count_as(tensor_value const& golden, tensor_value const& got, allowance const& within, std::uint64_t elements)
{
  return count_with(golden, got, within, elements, element<stored>);
}

template <class format>
counted count_halves(tensor_value const& golden, tensor_value const& got, allowance const& within,
                     std::uint64_t elements)
{
  return count_with(golden, got, within, elements, [](tensor_value const& of, std::uint64_t i) {
    return static_cast<double>(format::widen(element<std::uint16_t>(of, i)));
  });
}

counted count(tensor_value const& golden, tensor_value const& got, allowance const& within, std::uint64_t elements)
{
  switch (golden.type) {
  case datatype::unknown: break;
  case datatype::boolean:
  case datatype::uint8: return count_as<std::uint8_t>(golden, got, within, elements);
  case datatype::uint16: return count_as<std::uint16_t>(golden, got, within, elements);
  case datatype::uint32: return count_as<std::uint32_t>(golden, got, within, elements);
  case datatype::uint64: return count_as<std::uint64_t>(golden, got, within, elements);
  case datatype::int8: return count_as<std::int8_t>(golden, got, within, elements);
  case datatype::int16: return count_as<std::int16_t>(golden, got, within, elements);
  case datatype::int32: return count_as<std::int32_t>(golden, got, within, elements);
  case datatype::int64: return count_as<std::int64_t>(golden, got, within, elements);
  case datatype::fp16: return count_halves<oip::fp16_format>(golden, got, within, elements);
  case datatype::bf16: return count_halves<oip::bf16_format>(golden, got, within, elements);
  case datatype::fp32:
    return count_with(golden, got, within, elements, [](tensor_value const& of, std::uint64_t i) {
      return static_cast<double>(element<float>(of, i));
    });
  case datatype::fp64: return count_as<double>(golden, got, within, elements);
  }
  return {};
}

tensor_value const* find(std::span<tensor_value const> among, std::string_view name)
{
  auto const found =
      std::find_if(among.begin(), among.end(), [&](tensor_value const& each) { return each.name == name; });
  return found == among.end() ? nullptr : &*found;
}

/// Bytes that do not match their own type and shape are no tensor, whoever made them.
bool whole(tensor_value const& tensor)
{
  return tensor.type != datatype::unknown && byte_count(tensor.type, tensor.shape) == tensor.bytes.size();
}

} // namespace

allowance tolerance_of(datatype type, tolerance const& given)
{
  if (type == datatype::boolean) return {};
  auto usual = allowance();
  if (type == datatype::fp64) usual = {1e-6, 1e-9};
  if (type == datatype::fp32) usual = {1e-3, 1e-5};
  if (type == datatype::fp16) usual = {1e-2, 1e-3};
  if (type == datatype::bf16) usual = {5e-2, 1e-2};
  return {given.relative.value_or(usual.relative), given.absolute.value_or(usual.absolute)};
}

std::optional<difference> compare_form(std::span<tensor_value const> golden, std::span<tensor_value const> got)
{
  for (auto const& wanted : golden) {
    auto const name = "output " + config::quoted(wanted.name);
    auto const* const found = find(got, wanted.name);
    if (!found) return difference{name + " is missing"};
    if (found->type != wanted.type || found->shape != wanted.shape)
      return difference{name + " is " + described(found->type, found->shape) + ", golden is " +
                        described(wanted.type, wanted.shape)};
    if (!whole(wanted) || !whole(*found)) return difference{name + " has another length than its shape"};
  }
  for (auto const& found : got)
    if (!find(golden, found.name))
      return difference{"output " + config::quoted(found.name) + " is not in the golden answer"};
  if (got.size() != golden.size()) return difference{"an output comes twice"};
  return std::nullopt;
}

std::optional<difference> compare(std::span<tensor_value const> golden, std::span<tensor_value const> got,
                                  tolerance const& within)
{
  if (auto other = compare_form(golden, got)) return other;
  std::uint64_t values = 0, differ = 0;
  auto first = std::string();
  for (auto const& wanted : golden) {
    auto const elements = element_count(wanted.shape).value_or(0);
    auto const counted = count(wanted, *find(got, wanted.name), tolerance_of(wanted.type, within), elements);
    values += elements;
    differ += counted.differ;
    if (first.empty() && counted.differ > 0) first = "output " + config::quoted(wanted.name) + " " + counted.first;
  }
  if (differ == 0) return std::nullopt;
  return difference{first + "; " + std::to_string(differ) + " of " + std::to_string(values) + " values differ",
                    static_cast<double>(differ) / static_cast<double>(values)};
}

} // namespace pilotlight::health
