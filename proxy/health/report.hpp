// How is everything? The body of the admin port's GET /v1/health. Pure: plain structs to JSON.
#pragma once
#include "proxy/health/standing.hpp"
#include "proxy/health/trust.hpp"

#include <boost/json/object.hpp>
#include <deque>
#include <string>
#include <vector>

namespace pilotlight::health {

/// One instance, as the report shows it.
struct instance_report
{
  int number = 0;
  bool ready = false; ///< and not draining
  instance_standing const* standing = nullptr;
};

struct model_report
{
  std::string name{}, version{};
  model_result now{}; ///< of this moment
  score_standing const* standing = nullptr;
  std::optional<int> accuracy{};
  trust trusted = trust::trusted;
  std::string canary{};      ///< "configured", "warmup", "seen", or why there is none
  std::string unavailable{}; ///< why it serves nobody at present; empty: it does, or would start
  std::vector<instance_report> instances{};
};

/// One failed check, for the list of the latest.
struct failed_check
{
  instant when{};
  std::string model{}; ///< "minilm:1"
  int instance = 0;
  finding what{};
};

/// Keeps the latest `most_kept`, and of the same check of the same instance with the same score only the latest.
class latest_failures
{
public:
  void add(failed_check failed);
  std::deque<failed_check> const& all() const { return kept_; } ///< the oldest first
  static constexpr std::size_t most_kept = 50;

private:
  std::deque<failed_check> kept_;
};

struct service_report
{
  bool draining = false;
  score_standing const* standing = nullptr;
  std::vector<model_report> models{};
  latest_failures const* failures = nullptr;
  instant now{};
};

/// status: "draining", else the service's level; "idle" while nothing runs that could be judged and every model could
/// start, and at best "degraded" while a model cannot serve.
std::string_view status_of(service_report const& service);

/// { status, score, healthy_instances, total_instances, judged_models, models: [...], unavailable_models: [...],
///   last_failures: [...] }. A score is null where there is nothing to judge. healthy_instances counts those that are
/// ready, have been judged and are healthy: none is none, and none of none is no success.
boost::json::object to_json(service_report const& service);

} // namespace pilotlight::health
