// What does the protocol say of the server and its models? Bodies of the GET endpoints, as tritonclient and
// perf_analyzer read them. Pure.
#pragma once
#include "proxy/repository/model_spec.hpp"

#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::oip {

/// GET /v2: name, version, extensions really served.
boost::json::value server_metadata_json();

/// Inputs as far as known: from model.toml; else the description's tensor arguments, with what requests have `seen`.
std::vector<tensor_spec> known_inputs(model_spec const& spec, std::span<tensor_spec const> seen);
/// Outputs likewise; else what replies have shown.
std::vector<tensor_spec> known_outputs(model_spec const& spec, std::span<tensor_spec const> seen);

/// GET /v2/models/{m}: name, versions, platform ("pytorch_torchscript" | "pytorch_aotinductor"), inputs, outputs
/// (unknown: datatype "" and shape [-1]).
boost::json::value model_metadata_json(model_spec const& spec, std::span<std::string const> versions,
                                       std::span<tensor_spec const> inputs, std::span<tensor_spec const> outputs);

/// GET .../config: Triton's model configuration as perf_analyzer reads it (name, platform, backend, max_batch_size 0,
/// input/output with data_type "TYPE_FP32" and dims, version_policy, instance_group, sequence_batching for sequence
/// models).
boost::json::value model_config_json(model_spec const& spec, std::span<tensor_spec const> inputs,
                                     std::span<tensor_spec const> outputs);

struct index_entry
{
  std::string name, version;
  std::string state; ///< "READY" (can accept and, if need be, cold-start), "UNAVAILABLE", "LOADING"
  std::string reason;
};
/// POST or GET /v2/repository/index.
boost::json::value repository_index_json(std::span<index_entry const> entries);

} // namespace pilotlight::oip
