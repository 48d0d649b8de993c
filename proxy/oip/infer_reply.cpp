#include "proxy/oip/infer_reply.hpp"

#include "proxy/oip/json_text.hpp"
#include "proxy/oip/number_text.hpp"
#include "proxy/oip/sentence.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace pilotlight::oip {
namespace {

template <class Integer>
void append_integer(std::string& json, Integer value)
{
  auto text = std::array<char, 24>();
  json.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

failure no_such_output(std::string_view name, tensor_table const& outputs)
{
  auto sentence = "unknown output " + quoted(name) + ": the model gives ";
  for (auto const& output : outputs.tensors) {
    if (&output != &outputs.tensors.front()) sentence += ", ";
    sentence += quoted(output.name);
  }
  return refuse(outputs.tensors.empty() ? sentence + "none" : sentence);
}

result<void> append_output(tensor_entry const& output, bool binary, std::span<std::byte const> arena,
                           rendered_reply& reply)
{
  auto& json = reply.json;
  if (output.offset > arena.size() || output.length > arena.size() - output.offset)
    return failure{fault::internal, "output " + quoted(output.name) + " lies outside the reply arena"};
  auto const data = arena.subspan(output.offset, output.length);
  json += "{\"name\":";
  append_quoted(json, output.name);
  json += ",\"datatype\":\"";
  json += to_string(output.type);
  json += "\",\"shape\":[";
  for (auto const extent : output.shape) {
    if (json.back() != '[') json += ',';
    append_integer(json, extent);
  }
  if (binary) {
    json += "],\"parameters\":{\"binary_data_size\":";
    append_integer(json, output.length);
    json += "}}";
    reply.binary.push_back(data);
    reply.has_binary = true;
    return {};
  }
  json += "],\"data\":";
  if (auto const at = append_numbers(json, output.type, data))
    return failure{fault::internal, "output " + quoted(output.name) + " has NaN or infinity at element " +
                                        std::to_string(*at) +
                                        ", which JSON cannot say: ask for it with binary_data = true"};
  json += '}';
  return {};
}

} // namespace

result<void> render_infer_reply(std::string_view model, std::string_view version, infer_request const& request,
                                tensor_table const& outputs, std::span<std::byte const> arena, rendered_reply& reply)
{
  auto& json = reply.json;
  json.clear();
  reply.binary.clear();
  reply.has_binary = false;
  json += "{\"model_name\":";
  append_quoted(json, model);
  json += ",\"model_version\":";
  append_quoted(json, version);
  if (!request.id.empty()) {
    json += ",\"id\":";
    append_quoted(json, request.id);
  }
  json += ",\"outputs\":[";
  auto const append = [&](tensor_entry const& output, bool binary) {
    if (json.back() != '[') json += ',';
    return append_output(output, binary, arena, reply);
  };
  if (request.outputs.empty())
    for (auto const& output : outputs.tensors)
      if (auto const done = append(output, request.binary_by_default); !done) return done;
  for (auto const& wish : request.outputs) {
    auto const output = std::find_if(outputs.tensors.begin(), outputs.tensors.end(),
                                     [&](auto const& one) { return one.name == wish.name; });
    if (output == outputs.tensors.end()) return no_such_output(wish.name, outputs);
    if (auto const done = append(*output, wish.binary); !done) return done;
  }
  json += "]}";
  return {};
}

std::string render_error(std::string_view sentence)
{
  auto json = std::string();
  json.reserve(sentence.size() + 16);
  json += "{\"error\":";
  append_quoted(json, sentence);
  return json += '}';
}

} // namespace pilotlight::oip
