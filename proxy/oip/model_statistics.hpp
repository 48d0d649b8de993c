// What did one model version do so far? Counters in the shape of Triton's statistics extension. Plain data, pure.
#pragma once
#include <boost/json/value.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::oip {

struct duration_statistic
{
  std::uint64_t count = 0;
  std::uint64_t ns = 0;
  void add(std::uint64_t nanoseconds)
  {
    ++count;
    ns += nanoseconds;
  }
};

struct model_statistics
{
  std::string name;
  std::string version;
  std::uint64_t last_inference_ms = 0; ///< Unix time of the last request, milliseconds
  std::uint64_t inference_count = 0;   ///< inferences done (batch items)
  std::uint64_t execution_count = 0;   ///< forwards run
  duration_statistic success, fail, queue, compute_input, compute_infer, compute_output;
};

/// Body of GET /v2/models[/m[/versions/v]]/stats.
boost::json::value statistics_json(std::span<model_statistics const> models);

} // namespace pilotlight::oip
