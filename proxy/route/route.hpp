// What does a request line ask for? Method and target to one of the endpoints. Pure.
#pragma once
#include "shared/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pilotlight::route {

enum class method : std::uint8_t
{
  get,
  head,
  post,
  other
};

enum class endpoint : std::uint8_t
{
  server_metadata,   ///< GET /v2
  server_live,       ///< GET /v2/health/live
  server_ready,      ///< GET /v2/health/ready
  model_metadata,    ///< GET /v2/models/{m}[/versions/{v}]
  model_ready,       ///< GET .../ready
  model_config,      ///< GET .../config
  model_statistics,  ///< GET .../stats, GET /v2/models/stats
  model_infer,       ///< POST .../infer
  repository_index,  ///< POST (and GET) /v2/repository/index
  repository_load,   ///< POST /v2/repository/models/{m}/load
  repository_unload, ///< POST .../unload
  // admin port
  admin_models,          ///< GET /v1/models
  admin_scale,           ///< POST /v1/models/{m}[/versions/{v}]/scale
  admin_health,          ///< GET /v1/health
  admin_metrics,         ///< GET /metrics
  admin_decisions,       ///< GET /v1/decisions?model=&limit=
  admin_decision_stream, ///< GET /v1/decisions/stream?model=
  admin_scaling_stats,   ///< GET /v1/autoscaling/stats
  admin_performance,     ///< GET /v1/performance
  admin_reload,          ///< POST /v1/config/reload
};

struct destination
{
  endpoint where = endpoint::server_metadata;
  std::string model;       ///< percent-decoded; empty where the endpoint is not about one model
  std::string version;     ///< empty: the newest
  std::uint32_t limit = 0; ///< of the query; 0: not given
};

/// The most that ?limit= may ask for.
inline constexpr std::uint32_t largest_limit = 10'000;

enum class port : std::uint8_t
{
  data,
  admin
};

/// Each port serves its own endpoints only. HEAD counts as GET, one trailing slash is accepted, and so is the absolute
/// form (http://host/v2/...), whose host is not looked at. Only names and versions are percent-decoded. A query string
/// is ignored, but for the endpoints that say so above and their neighbours (admin_decisions to admin_reload): there,
/// `model` (NAME or NAME:VERSION, into model and version) and `limit` are read where they are listed, each once, and
/// any other key is a bad_request that names it. Failures: not_found naming the path (at most 200 characters of it,
/// escaped); bad_request for a model name or version that is empty, "." or "..", longer than 255 characters or has
/// others than [A-Za-z0-9._-] after decoding (so no path trick reaches a file system); not_allowed naming the methods
/// that are. The hot path (POST /v2/models/m/infer) allocates nothing beyond `model`'s small string.
result<destination> parse(method how, std::string_view target, port on);

/// The value of the Allow header for a target that parse() answered not_allowed; empty where nothing is served.
std::string_view allowed_methods(std::string_view target, port on);

} // namespace pilotlight::route
