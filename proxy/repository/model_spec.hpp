// What is known of one version of a model before any process exists? From its folder, its model.toml, its cached
// description and what requests have shown. Plain data.
#pragma once
#include "proxy/config/settings.hpp"
#include "proxy/health/canary_spec.hpp"
#include "shared/datatype.hpp"
#include "shared/messages.hpp"
#include "shared/signature.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pilotlight {

/// A tensor as metadata tells it. Unknown datatype is `datatype::unknown`; an unknown or varying dimension is -1;
/// an unknown rank is no shape at all.
struct tensor_spec
{
  std::string name;
  datatype type = datatype::unknown;
  std::optional<std::vector<std::int64_t>> shape;
  int batch_dimension = -1; ///< where its rows lie, as model.toml says of this tensor; -1: the model's usual one
};

enum class model_format
{
  torchscript,
  aotinductor
};
enum class state_mode
{
  restore,
  sequence
};

/// What model.toml says (all of it optional but for a .pt2, which needs inputs and outputs).
struct model_toml
{
  std::vector<tensor_spec> inputs;
  std::vector<tensor_spec> outputs;
  std::vector<constant_argument> constants;        ///< [arguments]; kind from the TOML type
  state_mode state = state_mode::restore;          ///< stateful = "restore" | "sequence"
  std::chrono::milliseconds sequence_idle{60'000}; ///< sequence_idle_timeout, seconds
  std::vector<std::vector<warmup_tensor>> warmups; ///< [[warmup]] with [[warmup.inputs]] name, datatype, shape
  std::optional<health::canary_spec> canary;       ///< [canary]
  int batch_dimension = 0;                         ///< of the tensors that name none of their own
  model_limits limits;                             ///< the settings' limits with this model's overrides applied
};

/// One servable version. `key` = "name:version".
struct model_spec
{
  std::string name;
  std::string version;
  std::string key;
  std::string path;      ///< model.pt or model.pt2
  std::string checksum;  ///< 32 hex digits from where and when the file was written: what its description and its
                         ///< unpacked copy are cached by (repository/checksum.hpp)
  std::string load_path; ///< what a worker loads: `path`, or the folder a .pt2 is unpacked to before its first start
  model_format format = model_format::torchscript;
  model_toml toml;
  signature description; ///< empty key: not described yet
  std::string error;     ///< this version cannot be served: why, naming file and line
};

/// What a model repository holds.
struct repository_contents
{
  std::vector<model_spec> models;    ///< by name, then version as a number
  std::vector<std::string> warnings; ///< one sentence for each folder passed over, each key accepted without effect
};

} // namespace pilotlight
