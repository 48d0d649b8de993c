#include "proxy/oip/request_parts.hpp"

namespace pilotlight::oip {
namespace {

constexpr std::array<std::string_view, 5> input_members = {"name", "datatype", "shape", "data", "parameters"};
constexpr std::array<std::string_view, 4> input_parameters = {"binary_data_size", "shared_memory_region",
                                                              "shared_memory_offset", "shared_memory_byte_size"};
constexpr std::array<std::string_view, 2> output_members = {"name", "parameters"};
constexpr std::array<std::string_view, 5> output_parameters = {"binary_data", "classification", "shared_memory_region",
                                                               "shared_memory_offset", "shared_memory_byte_size"};

failure no_shared_memory(place const& where)
{
  return refuse(where.text() +
                " asks for the shared memory extension, which is not served: send the tensor in the body");
}

result<void> read_name(ondemand::value value, place const& where, std::string_view& name)
{
  auto const text = read_string(value, where);
  if (!text) return text.error();
  if (text->empty()) return refuse(where.text() + " must not be empty");
  name = *text;
  return {};
}

result<void> read_datatype(ondemand::value value, place const& where, datatype& type)
{
  auto const text = read_string(value, where);
  if (!text) return text.error();
  auto const known = parse_datatype(*text);
  if (known) {
    type = *known;
    return {};
  }
  if (*text == "BYTES")
    return refuse(where.text() + " BYTES is not served: models take " + std::string(allowed_datatypes));
  return refuse(where.text() + " " + quoted(*text) + " is unknown: allowed are " + std::string(allowed_datatypes));
}

result<void> read_shape(ondemand::value value, place const& where, dimensions& shape)
{
  auto array = read_array(value, where);
  if (!array) return array.error();
  for (auto item : *array) {
    auto dimension = ondemand::value();
    auto extent = std::int64_t{0};
    if (auto const error = item.get(dimension)) return malformed(error);
    if (dimension.get_int64().get(extent) || extent < 0)
      return wrong_type(where, "an array of integers from 0 to 9223372036854775807", dimension);
    if (shape.size() == max_rank)
      return refuse(where.text() + " has more than " + std::to_string(max_rank) + " dimensions");
    shape.push_back(extent);
  }
  if (!byte_count(datatype::fp64, shape)) return refuse(where.text() + " " + to_text(shape) + " is too large");
  return {};
}

result<void> read_data(ondemand::value value, place const& where, input_source& source)
{
  auto array = read_array(value, where);
  if (!array) return array.error();
  source.data = *array;
  auto text = std::string_view();
  if (auto const error = array->raw_json().get(text)) return malformed(error);
  source.text_bytes = text.size();
  source.in_json = true;
  return {};
}

result<void> read_input_parameters(ondemand::value value, place where, input_source& source)
{
  auto object = read_object(value, where);
  if (!object) return object.error();
  auto seen = 0u;
  for (auto field : *object) {
    auto const parameter = read_member(field);
    if (!parameter) return parameter.error();
    auto const which = known_member(input_parameters, parameter->key, seen, where);
    if (!which) return which.error();
    where.inner = parameter->key;
    if (*which != 0) return no_shared_memory(where);
    auto const size = read_unsigned(parameter->value, where);
    if (!size) return size.error();
    source.binary_size = *size;
    where.inner = {};
  }
  return {};
}

result<void> read_output_parameters(ondemand::value value, place where, output_wish& wish)
{
  auto object = read_object(value, where);
  if (!object) return object.error();
  auto seen = 0u;
  for (auto field : *object) {
    auto const parameter = read_member(field);
    if (!parameter) return parameter.error();
    auto const which = known_member(output_parameters, parameter->key, seen, where);
    if (!which) return which.error();
    where.inner = parameter->key;
    if (*which > 1) return no_shared_memory(where);
    if (*which == 1)
      return refuse(where.text() + ": the classification extension is not served: ask for the whole tensor");
    auto const binary = read_bool(parameter->value, where);
    if (!binary) return binary.error();
    wish.binary = *binary;
    where.inner = {};
  }
  return {};
}

} // namespace

result<void> read_input(ondemand::value value, int index, request_parts& parts, tensor_table& table)
{
  auto where = place{"inputs", index, {}, {}};
  if (table.tensors.size() == max_table_tensors)
    return refuse("inputs has more than " + std::to_string(max_table_tensors) + " tensors");
  auto object = read_object(value, where);
  if (!object) return object.error();
  auto& tensor = table.tensors.emplace_back();
  auto& source = parts.sources.emplace_back();
  auto seen = 0u;
  for (auto field : *object) {
    where.member = {};
    auto const member = read_member(field);
    if (!member) return member.error();
    auto const which = known_member(input_members, member->key, seen, where);
    if (!which) return which.error();
    where.member = input_members[*which];
    auto read = result<void>();
    switch (*which) {
    case 0: read = read_name(member->value, where, tensor.name); break;
    case 1: read = read_datatype(member->value, where, tensor.type); break;
    case 2: read = read_shape(member->value, where, tensor.shape); break;
    case 3: read = read_data(member->value, where, source); break;
    default: read = read_input_parameters(member->value, where, source);
    }
    if (!read) return read;
  }
  where.member = {};
  for (auto const required : {0u, 1u, 2u})
    if (!(seen & (1u << required))) return refuse(where.text() + " has no member " + quoted(input_members[required]));
  if (source.in_json && source.binary_size)
    return refuse("input " + quoted(tensor.name) + " has both data and binary_data_size: give one of them");
  if (!source.in_json && !source.binary_size)
    return refuse("input " + quoted(tensor.name) + " has neither data nor the parameter binary_data_size");
  return {};
}

result<void> read_output(ondemand::value value, int index, request_parts& parts)
{
  auto where = place{"outputs", index, {}, {}};
  if (parts.outputs.size() == max_table_tensors)
    return refuse("outputs has more than " + std::to_string(max_table_tensors) + " tensors");
  auto object = read_object(value, where);
  if (!object) return object.error();
  auto wish = output_wish();
  auto seen = 0u;
  for (auto field : *object) {
    where.member = {};
    auto const member = read_member(field);
    if (!member) return member.error();
    auto const which = known_member(output_members, member->key, seen, where);
    if (!which) return which.error();
    where.member = output_members[*which];
    auto const read =
        *which == 0 ? read_name(member->value, where, wish.name) : read_output_parameters(member->value, where, wish);
    if (!read) return read;
  }
  where.member = {};
  if (!(seen & 1u)) return refuse(where.text() + " has no member 'name'");
  for (auto const& other : parts.outputs)
    if (other.name == wish.name) return refuse("output " + quoted(wish.name) + " is asked for twice");
  parts.outputs.push_back(wish);
  return {};
}

} // namespace pilotlight::oip
