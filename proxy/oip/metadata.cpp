#include "proxy/oip/metadata.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace pilotlight::oip {
namespace json = boost::json;
namespace {

tensor_spec const* find(std::span<tensor_spec const> specs, std::string_view name)
{
  auto const at = std::find_if(specs.begin(), specs.end(), [&](auto const& spec) { return spec.name == name; });
  return at == specs.end() ? nullptr : &*at;
}

/// What the file says holds; what it leaves open is filled from what was seen.
tensor_spec completed(tensor_spec spec, std::span<tensor_spec const> seen)
{
  if (auto const* shown = find(seen, spec.name)) {
    if (spec.type == datatype::unknown) spec.type = shown->type;
    if (!spec.shape) spec.shape = shown->shape;
  }
  return spec;
}

std::vector<tensor_spec> completed(std::span<tensor_spec const> specs, std::span<tensor_spec const> seen)
{
  auto all = std::vector<tensor_spec>();
  for (auto const& spec : specs)
    all.push_back(completed(spec, seen));
  return all;
}

json::array shape_json(tensor_spec const& spec)
{
  auto shape = json::array();
  if (!spec.shape) shape.emplace_back(-1);
  if (spec.shape)
    for (auto const extent : *spec.shape)
      shape.emplace_back(extent);
  return shape;
}

json::array tensors_json(std::span<tensor_spec const> tensors)
{
  auto all = json::array();
  for (auto const& tensor : tensors)
    all.push_back({{"name", tensor.name}, {"datatype", to_string(tensor.type)}, {"shape", shape_json(tensor)}});
  return all;
}

json::array config_tensors_json(std::span<tensor_spec const> tensors)
{
  auto all = json::array();
  for (auto const& tensor : tensors) {
    auto const name = tensor.type == datatype::unknown ? std::string_view("INVALID") : to_string(tensor.type);
    all.push_back({{"name", tensor.name}, {"data_type", "TYPE_" + std::string(name)}, {"dims", shape_json(tensor)}});
  }
  return all;
}

std::string_view platform(model_format format)
{
  return format == model_format::torchscript ? "pytorch_torchscript" : "pytorch_aotinductor";
}

} // namespace

json::value server_metadata_json()
{
  return {{"name", "pilotlight"},
          {"version", PILOTLIGHT_VERSION},
          {"extensions", json::array{"binary_tensor_data", "model_configuration", "model_repository", "parameters",
                                     "sequence", "statistics"}}};
}

std::vector<tensor_spec> known_inputs(model_spec const& spec, std::span<tensor_spec const> seen)
{
  if (!spec.toml.inputs.empty()) return completed(spec.toml.inputs, seen);
  auto described = std::vector<tensor_spec>();
  for (auto const& argument : spec.description.arguments)
    if (argument.kind == "tensor") described.push_back({argument.name, datatype::unknown, std::nullopt});
  if (described.empty()) return {seen.begin(), seen.end()};
  return completed(described, seen);
}

std::vector<tensor_spec> known_outputs(model_spec const& spec, std::span<tensor_spec const> seen)
{
  if (!spec.toml.outputs.empty()) return completed(spec.toml.outputs, seen);
  auto described = std::vector<tensor_spec>();
  for (auto const& name : spec.description.outputs)
    described.push_back({name, datatype::unknown, std::nullopt});
  if (described.empty()) return {seen.begin(), seen.end()};
  return completed(described, seen);
}

json::value model_metadata_json(model_spec const& spec, std::span<std::string const> versions,
                                std::span<tensor_spec const> inputs, std::span<tensor_spec const> outputs)
{
  return {{"name", spec.name},
          {"versions", json::array(versions.begin(), versions.end())},
          {"platform", platform(spec.format)},
          {"inputs", tensors_json(inputs)},
          {"outputs", tensors_json(outputs)}};
}

json::value model_config_json(model_spec const& spec, std::span<tensor_spec const> inputs,
                              std::span<tensor_spec const> outputs)
{
  auto config = json::object{
      {"name", spec.name},
      {"platform", platform(spec.format)},
      {"backend", "pytorch"},
      {"version_policy", {{"latest", {{"num_versions", 1}}}}},
      {"max_batch_size", 0},
      {"input", config_tensors_json(inputs)},
      {"output", config_tensors_json(outputs)},
      {"instance_group", json::array{{{"name", spec.name},
                                      {"kind", spec.toml.limits.device == "cpu" ? "KIND_CPU" : "KIND_GPU"},
                                      {"count", spec.toml.limits.max_instances}}}},
  };
  if (spec.toml.state == state_mode::sequence) {
    auto const idle = std::chrono::duration_cast<std::chrono::microseconds>(spec.toml.sequence_idle);
    config["sequence_batching"] = {{"max_sequence_idle_microseconds", idle.count()}, {"direct", json::object()}};
  }
  return config;
}

json::value repository_index_json(std::span<index_entry const> entries)
{
  auto all = json::array();
  for (auto const& entry : entries) {
    auto object = json::object{{"name", entry.name}, {"version", entry.version}, {"state", entry.state}};
    if (!entry.reason.empty()) object["reason"] = entry.reason;
    all.push_back(std::move(object));
  }
  return all;
}

} // namespace pilotlight::oip
