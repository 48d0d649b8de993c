#include "proxy/oip/model_statistics.hpp"

#include <boost/json.hpp>

namespace pilotlight::oip {
namespace json = boost::json;
namespace {

json::value duration_json(duration_statistic const& statistic)
{
  return {{"count", statistic.count}, {"ns", statistic.ns}};
}

json::value model_json(model_statistics const& model)
{
  return {{"name", model.name},
          {"version", model.version},
          {"last_inference", model.last_inference_ms},
          {"inference_count", model.inference_count},
          {"execution_count", model.execution_count},
          {"inference_stats",
           {{"success", duration_json(model.success)},
            {"fail", duration_json(model.fail)},
            {"queue", duration_json(model.queue)},
            {"compute_input", duration_json(model.compute_input)},
            {"compute_infer", duration_json(model.compute_infer)},
            {"compute_output", duration_json(model.compute_output)},
            // There is no response cache: Triton's clients read its counters all the same.
            {"cache_hit", duration_json({})},
            {"cache_miss", duration_json({})}}},
          {"batch_stats", json::array()},
          {"memory_usage", json::array()}};
}

} // namespace

json::value statistics_json(std::span<model_statistics const> models)
{
  auto all = json::array();
  for (auto const& model : models)
    all.push_back(model_json(model));
  return {{"model_stats", std::move(all)}};
}

} // namespace pilotlight::oip
