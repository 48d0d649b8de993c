#include "proxy/oip/request_parts.hpp"

#include <algorithm>

namespace pilotlight::oip {
namespace {

constexpr std::array<std::string_view, 8> protocol_parameters = {
    "binary_data_output", "timeout", "sequence_id", "sequence_start",
    "sequence_end",       "headers", "priority",    "triton_enable_empty_final_response"};
/// More parameters than that are refused unread.
constexpr std::size_t max_parameters = max_table_arguments + protocol_parameters.size();
/// A longer timeout is the same as none.
constexpr std::uint64_t longest_timeout_us = 1'000'000'000'000'000;

result<void> read_sequence_id(ondemand::value value, place const& where, std::string& id)
{
  auto kind = ondemand::json_type::null;
  if (auto const error = value.type().get(kind)) return malformed(error);
  if (kind == ondemand::json_type::string) {
    auto const text = read_string(value, where);
    if (!text) return text.error();
    id = *text;
    return {};
  }
  auto number = std::uint64_t{0};
  if (value.get_uint64().get(number))
    return wrong_type(where, "a string or an integer from 0 to 18446744073709551615", value);
  if (number != 0) id = std::to_string(number); // 0: no sequence, says the extension
  return {};
}

result<void> read_flag(ondemand::value value, place const& where, bool& flag)
{
  auto const read = read_bool(value, where);
  if (!read) return read.error();
  flag = *read;
  return {};
}

result<void> read_protocol_parameter(std::size_t which, ondemand::value value, place const& where,
                                     infer_request& request)
{
  switch (which) {
  case 0: return read_flag(value, where, request.binary_by_default);
  case 1: {
    auto const timeout = read_unsigned(value, where);
    if (!timeout) return timeout.error();
    if (*timeout != 0) // 0: the server's default
      request.timeout = std::chrono::microseconds(std::min(*timeout, longest_timeout_us));
    return {};
  }
  case 2: return read_sequence_id(value, where, request.sequence.id);
  case 3: return read_flag(value, where, request.sequence.start);
  case 4: return read_flag(value, where, request.sequence.end);
  case 6: {
    auto const priority = read_unsigned(value, where);
    return priority ? result<void>() : priority.error();
  }
  default: return read_over(value, where);
  }
}

std::optional<argument_kind> kind_named(std::string_view kind)
{
  constexpr std::array<std::string_view, 4> kinds = {"int", "float", "bool", "string"};
  auto const at = std::find(kinds.begin(), kinds.end(), kind);
  if (at == kinds.end()) return std::nullopt;
  return static_cast<argument_kind>(at - kinds.begin());
}

/// Nobody knows the signature: the value's own kind.
result<argument_kind> kind_of(ondemand::value value, place const& where)
{
  auto kind = ondemand::json_type::null;
  if (auto const error = value.type().get(kind)) return malformed(error);
  if (kind == ondemand::json_type::string) return argument_kind::string;
  if (kind == ondemand::json_type::boolean) return argument_kind::boolean;
  if (kind != ondemand::json_type::number) return wrong_type(where, "a number, a string, true or false", value);
  auto number = std::int64_t{0};
  return value.get_int64().get(number) ? argument_kind::real : argument_kind::integer;
}

result<argument_kind> wanted_kind(std::string_view key, ondemand::value value, place const& where,
                                  std::span<argument_description const> arguments)
{
  if (arguments.empty()) return kind_of(value, where);
  auto taken = std::string();
  for (auto const& argument : arguments) {
    auto const kind = kind_named(argument.kind);
    if (argument.name != key) {
      if (kind) taken.append(", ").append(argument.name);
      continue;
    }
    if (kind) return *kind;
    if (argument.kind == "tensor") return refuse(where.text() + " is a tensor of the model: give it in inputs");
    return refuse(where.text() + " cannot be given: the model's argument is " + argument.kind);
  }
  auto sentence = "unknown parameter " + quoted(key) + ": allowed are ";
  for (auto const name : protocol_parameters)
    sentence.append(name == protocol_parameters.front() ? "" : ", ").append(name);
  return refuse(sentence + taken);
}

result<void> read_argument(ondemand::value value, place const& where, argument_entry& entry)
{
  switch (entry.kind) {
  case argument_kind::integer:
    if (!value.get_int64().get(entry.integer)) return {};
    return wrong_type(where, "an integer from -9223372036854775808 to 9223372036854775807", value);
  case argument_kind::real:
    if (!value.get_double().get(entry.real)) return {};
    return wrong_type(where, "a finite number", value);
  case argument_kind::boolean: {
    auto const flag = read_bool(value, where);
    if (!flag) return flag.error();
    entry.integer = *flag;
    return {};
  }
  case argument_kind::string: {
    auto const text = read_string(value, where, max_table_bytes / 4);
    if (!text) return text.error();
    entry.string = *text;
  }
  }
  return {};
}

} // namespace

result<void> read_parameters(ondemand::value value, std::span<argument_description const> arguments,
                             infer_request& request)
{
  auto where = place{"parameters", -1, {}, {}};
  auto object = read_object(value, where);
  if (!object) return object.error();
  auto keys = boost::container::small_vector<std::string_view, 8>();
  for (auto field : *object) {
    auto const parameter = read_member(field);
    if (!parameter) return parameter.error();
    where.member = parameter->key;
    if (std::find(keys.begin(), keys.end(), parameter->key) != keys.end())
      return refuse(where.text() + " is given twice");
    if (keys.size() == max_parameters)
      return refuse("parameters has more than " + std::to_string(max_parameters) + " members");
    keys.push_back(parameter->key);
    auto const known = std::find(protocol_parameters.begin(), protocol_parameters.end(), parameter->key);
    if (known != protocol_parameters.end()) {
      auto const which = static_cast<std::size_t>(known - protocol_parameters.begin());
      if (auto const read = read_protocol_parameter(which, parameter->value, where, request); !read) return read;
      continue;
    }
    if (parameter->key.starts_with("shared_memory_"))
      return refuse(where.text() + " asks for the shared memory extension, which is not served");
    if (parameter->key.empty() || parameter->key.size() > max_name_bytes)
      return refuse("a parameter's name must have 1 to " + std::to_string(max_name_bytes) + " bytes");
    auto const kind = wanted_kind(parameter->key, parameter->value, where, arguments);
    if (!kind) return kind.error();
    if (request.table.arguments.size() == max_table_arguments)
      return refuse("parameters has more than " + std::to_string(max_table_arguments) + " arguments");
    auto& entry = request.table.arguments.emplace_back();
    entry.name = parameter->key;
    entry.kind = *kind;
    if (auto const read = read_argument(parameter->value, where, entry); !read) return read;
  }
  return {};
}

} // namespace pilotlight::oip
