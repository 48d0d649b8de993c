#include "proxy/oip/infer_request.hpp"

#include "proxy/oip/input_check.hpp"
#include "proxy/oip/json_tensor.hpp"
#include "proxy/oip/request_parts.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace pilotlight::oip {

struct request_parser::buffers
{
  ondemand::parser json;
};

request_parser::request_parser() : buffers_(std::make_unique<buffers>()) {}
request_parser::request_parser(request_parser&&) noexcept = default;
request_parser& request_parser::operator=(request_parser&&) noexcept = default;
request_parser::~request_parser() = default;

void infer_request::clear()
{
  id.clear();
  outputs.clear();
  binary_by_default = false;
  timeout.reset();
  sequence.id.clear();
  sequence.start = sequence.end = false;
  table_offset = 0;
  table_length = 0;
  table.clear();
  names.clear();
}

namespace {

/// A parser grown beyond this is made anew after the request.
constexpr std::size_t kept_capacity = 256 * 1024;
constexpr std::size_t padding = 64;
static_assert(padding >= simdjson::SIMDJSON_PADDING);
constexpr std::array<std::string_view, 4> request_members = {"id", "inputs", "outputs", "parameters"};

std::uint64_t aligned(std::uint64_t offset)
{
  return (offset + tensor_alignment - 1) / tensor_alignment * tensor_alignment;
}

result<void> start(ondemand::parser& parser, std::string_view json, ondemand::document& document)
{
  if (parser.capacity() < json.size()) {
    auto const wanted =
        json.size() < kept_capacity ? std::bit_ceil(std::max<std::size_t>(json.size(), 1024)) : json.size();
    if (auto const error = parser.allocate(wanted)) return malformed(error);
  }
  if (auto const error = parser.iterate(json.data(), json.size(), json.size() + padding).get(document))
    return malformed(error);
  return {};
}

template <class Read>
result<void> read_each(ondemand::value value, std::string_view list, Read read)
{
  auto array = read_array(value, {list, -1, {}, {}});
  if (!array) return array.error();
  auto index = 0;
  for (auto item : *array) {
    auto element = ondemand::value();
    if (auto const error = item.get(element)) return malformed(error);
    if (auto const done = read(element, index++); !done) return done;
  }
  return {};
}

result<void> read_document(ondemand::document& document, std::span<argument_description const> arguments,
                           request_parts& parts, infer_request& request)
{
  auto object = ondemand::object();
  auto const opened = document.get_object().get(object);
  if (opened == simdjson::INCORRECT_TYPE) return refuse("the body must be a JSON object");
  if (opened) return malformed(opened);
  auto seen = 0u;
  for (auto field : object) {
    auto const member = read_member(field);
    if (!member) return member.error();
    auto const which = known_member(request_members, member->key, seen, {});
    if (!which) return which.error();
    auto read = result<void>();
    if (*which == 0) {
      auto const id = read_string(member->value, {{}, -1, "id", {}});
      if (!id) return id.error();
      request.id = *id;
    } else if (*which == 1) {
      read = read_each(member->value, "inputs", [&](ondemand::value value, int index) {
        return read_input(value, index, parts, request.table);
      });
    } else if (*which == 2) {
      read = read_each(member->value, "outputs",
                       [&](ondemand::value value, int index) { return read_output(value, index, parts); });
    } else {
      read = read_parameters(member->value, arguments, request);
    }
    if (!read) return read;
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) // that is: not at the end
    return refuse("the body is not valid JSON: something follows the request object");
  if (!(seen & 2u)) return refuse("the request has no member 'inputs'");
  return {};
}

/// Lays the tensors out: binary ones where they lie if that is aligned, all others one after the other from 0 on in
/// memory that is still to be allocated (`moved`). Returns its bytes.
result<std::uint64_t> lay_out(request_body const& body, request_parts const& parts, tensor_table& table)
{
  auto binary_at = std::uint64_t{0};
  auto size = std::uint64_t{0};
  for (auto i = std::size_t{0}; i < table.tensors.size(); ++i) {
    auto& tensor = table.tensors[i];
    auto const& source = parts.sources[i];
    tensor.length = *byte_count(tensor.type, tensor.shape);
    if (source.in_json) {
      // Each element takes two characters at least: what is larger cannot come true, and is not allocated.
      auto const count = tensor.length / size_of(tensor.type);
      if (count > source.text_bytes / 2)
        return refuse("input " + quoted(tensor.name) + ": data has fewer elements than the " + std::to_string(count) +
                      " that shape " + to_text(tensor.shape) + " asks for");
    } else {
      if (*source.binary_size != tensor.length)
        return refuse("input " + quoted(tensor.name) + ": binary_data_size is " + std::to_string(*source.binary_size) +
                      ", " + std::string(to_string(tensor.type)) + " of shape " + to_text(tensor.shape) + " has " +
                      std::to_string(tensor.length) + " bytes");
      if (tensor.length > body.binary.size() - binary_at)
        return refuse("input " + quoted(tensor.name) + ": binary_data_size is " + std::to_string(tensor.length) +
                      ", of the body's binary part " + std::to_string(body.binary.size() - binary_at) +
                      " bytes are left");
      tensor.offset = body.binary_offset + binary_at;
      binary_at += tensor.length;
      if (tensor.offset % tensor_alignment == 0 || tensor.length == 0) continue;
    }
    size = aligned(size) + tensor.length;
  }
  if (binary_at != body.binary.size())
    return refuse("the inputs' binary_data_size add up to " + std::to_string(binary_at) +
                  " bytes, the body's binary part has " + std::to_string(body.binary.size()));
  return aligned(size);
}

result<void> fill(request_body const& body, request_parts const& parts, arena_space const& space, tensor_table& table)
{
  auto at = std::uint64_t{0};
  for (auto i = std::size_t{0}; i < table.tensors.size(); ++i) {
    auto& tensor = table.tensors[i];
    auto const& source = parts.sources[i];
    if (!source.in_json && (tensor.offset % tensor_alignment == 0 || tensor.length == 0)) continue;
    at = aligned(at);
    auto const target = space.memory.subspan(at, tensor.length);
    if (source.in_json) {
      if (auto const filled = fill_tensor(source.data, tensor.name, tensor.type, tensor.shape, target); !filled)
        return filled;
    } else {
      std::memcpy(target.data(), body.binary.data() + (tensor.offset - body.binary_offset), tensor.length);
    }
    tensor.offset = space.offset + at;
    at += tensor.length;
  }
  return {};
}

/// Copies all that the table views out of the parser's buffers.
void own_names(infer_request& request)
{
  auto& table = request.table;
  auto size = std::size_t{0};
  for (auto const& tensor : table.tensors)
    size += tensor.name.size();
  for (auto const& argument : table.arguments)
    size += argument.name.size() + argument.string.size();
  request.names.reserve(size);
  auto const own = [&](std::string_view& text) {
    auto const at = request.names.size();
    request.names.append(text);
    text = std::string_view(request.names).substr(at);
  };
  for (auto& tensor : table.tensors)
    own(tensor.name);
  for (auto& argument : table.arguments) {
    own(argument.name);
    own(argument.string);
  }
}

result<void> parse(ondemand::parser& parser, request_body const& body, std::span<tensor_spec const> known,
                   std::span<argument_description const> arguments, allocate_function const& allocate,
                   infer_request& request)
{
  auto document = ondemand::document();
  auto parts = request_parts();
  auto& table = request.table;
  if (auto const started = start(parser, body.json, document); !started) return started;
  if (auto const read = read_document(document, arguments, parts, request); !read) return read;
  if (auto const checked = check_inputs(table, known, arguments); !checked) return checked;
  for (auto const& wish : parts.outputs)
    request.outputs.push_back({std::string(wish.name), wish.binary.value_or(request.binary_by_default)});
  auto const data_bytes = lay_out(body, parts, table);
  if (!data_bytes) return data_bytes.error();
  auto const table_bytes = table_size(table);
  if (table_bytes > max_table_bytes)
    return refuse("names and string parameters take " + std::to_string(table_bytes) + " bytes: allowed are " +
                  std::to_string(max_table_bytes) + " altogether");
  auto const space = allocate(*data_bytes + table_bytes);
  if (!space) return space.error();
  if (auto const filled = fill(body, parts, *space, table); !filled) return filled;
  own_names(request);
  write_table(table, space->memory.subspan(*data_bytes, table_bytes));
  request.table_offset = space->offset + *data_bytes;
  request.table_length = static_cast<std::uint32_t>(table_bytes);
  return {};
}

} // namespace

result<void> parse_infer_request(request_parser& parser, request_body const& body, std::span<tensor_spec const> known,
                                 std::span<argument_description const> arguments, allocate_function const& allocate,
                                 infer_request& request)
{
  request.clear();
  auto& json = parser.get().json;
  auto parsed = parse(json, body, known, arguments, allocate, request);
  if (json.capacity() > kept_capacity) json = ondemand::parser();
  if (!parsed) request.clear(); // nothing may view the parser's buffers after this
  return parsed;
}

} // namespace pilotlight::oip
