#include "proxy/health/canary.hpp"
#include "proxy/health/splitmix.hpp"
#include "shared/fnv1a.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace pilotlight::health {
namespace {

constexpr bool is_floating(datatype type)
{
  return type == datatype::fp16 || type == datatype::bf16 || type == datatype::fp32 || type == datatype::fp64;
}

/// 0 <= x < 1, 53 bits.
double fraction(std::uint64_t bits)
{
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

class fingerprint
{
public:
  void add(std::span<std::byte const> bytes)
  {
    add_number(bytes.size());
    for (auto const byte : bytes)
      hash_ = fnv1a(std::to_integer<std::uint8_t>(byte), hash_);
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  void add_number(std::uint64_t number)
  {
    for (int shift = 0; shift < 64; shift += 8)
      hash_ = fnv1a(static_cast<std::uint8_t>(number >> shift), hash_);
  }
  std::uint64_t value() const { return hash_; }

private:
  std::uint64_t hash_ = fnv1a_basis;
};

canary none(std::string why)
{
  auto result = canary();
  result.why = std::move(why);
  return result;
}

/// The inputs to generate or take, or a reason why there are none.
struct choice
{
  canary_source source = canary_source::none;
  std::string why;
  std::vector<canary_input> inputs;
};

choice choose_inputs(canary_spec const* spec, std::span<std::vector<warmup_tensor> const> warmups,
                     std::span<seen_input const> seen)
{
  if (spec && !spec->enabled) return {canary_source::none, "canary.enabled is false", {}};
  if (spec && !spec->inputs.empty()) return {canary_source::configured, {}, spec->inputs};
  auto inputs = std::vector<canary_input>();
  if (!warmups.empty() && !warmups.front().empty()) {
    for (auto const& each : warmups.front()) {
      auto const type = parse_datatype(each.datatype);
      if (!type || each.shape.size() > max_rank) return {canary_source::none, "its first warm-up is malformed", {}};
      inputs.push_back({each.name, *type, dimensions(each.shape.begin(), each.shape.end()), {}, {}});
    }
    return {canary_source::warmup, {}, std::move(inputs)};
  }
  if (seen.empty())
    return {
        canary_source::none, "neither [[canary.inputs]] nor [[warmup]] nor an answered request says what to ask", {}};
  for (auto const& each : seen)
    inputs.push_back({each.name, each.type, each.shape, {}, {}});
  return {canary_source::seen, {}, std::move(inputs)};
}

} // namespace

tensor_value generate(canary_input const& what, std::uint64_t seed, std::size_t place)
{
  auto made = tensor_value{what.name, what.type, what.shape, {}};
  auto const elements = element_count(what.shape).value_or(0);
  made.bytes.reserve(elements * size_of(what.type));
  auto const floating = is_floating(what.type);
  auto const [low, high] = what.range.value_or(floating ? std::pair(-1.0, 1.0) : std::pair(0.0, 1.0));
  auto const stream = splitmix(splitmix(seed) + place);
  for (std::uint64_t i = 0; i < elements; ++i) {
    auto const at = fraction(splitmix(stream + i));
    auto const value = floating ? low + at * (high - low) : low + std::floor(at * (high - low + 1));
    append_value(made.bytes, what.type, floating ? value : std::min(value, high));
  }
  return made;
}

canary choose_canary(canary_spec const* spec, std::span<std::vector<warmup_tensor> const> warmups,
                     std::span<seen_input const> seen, std::span<std::string const> names)
{
  auto chosen = choose_inputs(spec, warmups, seen);
  if (chosen.source == canary_source::none) return none(std::move(chosen.why));
  auto made = canary();
  made.source = chosen.source;
  auto total = std::uint64_t{0};
  for (std::size_t i = 0; i < chosen.inputs.size(); ++i) {
    auto& input = chosen.inputs[i];
    if (input.name.empty() && i < names.size()) input.name = names[i];
    if (input.name.empty()) return none("the input of place " + std::to_string(i) + " has no name");
    auto const bytes = byte_count(input.type, input.shape);
    if (!bytes || input.type == datatype::unknown) return none("the input " + input.name + " has no type and shape");
    total += std::min(*bytes, largest_canary + 1);
    if (total > largest_canary)
      return none("its inputs are larger than " + std::to_string(largest_canary >> 20) + " MiB");
    made.inputs.push_back(input.data.empty() ? generate(input, spec ? spec->seed : 1, i)
                                             : tensor_value{input.name, input.type, input.shape, input.data});
  }
  if (!spec) return made;
  made.arguments = spec->arguments;
  made.golden = spec->outputs;
  made.within = spec->within;
  return made;
}

std::uint64_t identity(canary const& of)
{
  auto print = fingerprint();
  print.add_number(of.inputs.size());
  for (auto const& input : of.inputs) {
    print.add(input.name);
    print.add(to_string(input.type));
    print.add(std::as_bytes(std::span(input.shape)));
    print.add(input.bytes);
  }
  for (auto const& argument : of.arguments) {
    print.add(argument.name);
    print.add_number(argument.value.index());
    if (auto const* integer = std::get_if<std::int64_t>(&argument.value))
      print.add_number(static_cast<std::uint64_t>(*integer));
    if (auto const* real = std::get_if<double>(&argument.value)) print.add_number(std::bit_cast<std::uint64_t>(*real));
    if (auto const* flag = std::get_if<bool>(&argument.value)) print.add_number(*flag ? 1 : 0);
    if (auto const* text = std::get_if<std::string>(&argument.value)) print.add(*text);
  }
  return print.value();
}

} // namespace pilotlight::health
