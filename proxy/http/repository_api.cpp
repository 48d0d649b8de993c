// The model repository's endpoints: what is there, load, unload.
#include "proxy/http/control_api.hpp"

#include "proxy/oip/metadata.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

namespace pilotlight::http {

namespace asio = boost::asio;
namespace json = boost::json;
using decide::model_state;

namespace {

/// Triton's load may bring a configuration or files with it; here the repository alone says what a model is.
result<void> check_load_body(std::string const& body)
{
  if (body.empty()) return {};
  auto error = boost::system::error_code();
  auto const asked = json::parse(body, error);
  if (error || !asked.is_object()) return failure{fault::bad_request, "the body must be a JSON object, or nothing"};
  auto const* parameters = asked.as_object().if_contains("parameters");
  if (!parameters) return {};
  if (!parameters->is_object()) return failure{fault::bad_request, "'parameters' must be an object"};
  for (auto const& each : parameters->as_object())
    return failure{fault::bad_request, "parameter '" + std::string(each.key()) +
                                           "' is not taken: a model is what its folder in the repository and its "
                                           "model.toml say"};
  return {};
}

} // namespace

answer control_api::index(std::string const& body) const
{
  auto only_ready = false;
  if (!body.empty()) {
    auto error = boost::system::error_code();
    auto const asked = json::parse(body, error);
    if (error || !asked.is_object())
      return refusal(fault::bad_request, "the body must be a JSON object such as {\"ready\": true}, or nothing");
    if (auto const* flag = asked.as_object().if_contains("ready")) {
      if (!flag->is_bool()) return refusal(fault::bad_request, "'ready' must be true or false");
      only_ready = flag->as_bool();
    }
  }
  auto entries = std::vector<oip::index_entry>();
  for (auto const* each : models_.all()) {
    auto const why_not = each->why_not_ready();
    if (only_ready && !why_not.empty()) continue;
    entries.push_back({each->spec().name, each->spec().version, why_not.empty() ? "READY" : "UNAVAILABLE", why_not});
  }
  return json_answer(oip::repository_index_json(entries));
}

answer control_api::unload(std::string const& name)
{
  auto const versions = models_.versions(name);
  if (versions.empty()) return refusal(fault::not_found, "no model '" + name + "' in the repository");
  for (auto* each : versions)
    each->disable("model '" + name + "' is unloaded: POST /v2/repository/models/" + name + "/load brings it back");
  return {};
}

/// Reads the repository again, takes new versions and changed files into service, and starts the newest version.
task<answer> control_api::load(std::string name, std::string body)
{
  if (auto const asked = check_load_body(body); !asked) co_return to_answer(asked.error());
  auto specs = catalog_.look_up(name);
  if (!specs) co_return to_answer(specs.error());
  for (auto const& spec : *specs) // a version whose folder has gone stays unloaded
    if (auto const there = models_.find(name, spec.version)) (*there)->enable();
  catalog_.take_up(std::move(*specs));
  for (auto* each : models_.versions(name)) {
    auto const taken_up = [each] { return !each->reload_pending(); };
    if (!co_await wait_until(taken_up, config_.drain_timeout))
      co_return refusal(fault::unavailable,
                        "model '" + name +
                            "' is still answering requests as it was; it is loaded anew as soon as it rests");
  }
  auto const newest = models_.find(name, {});
  if (!newest) co_return to_answer(newest.error());
  auto& one = **newest;
  if (!one.spec().error.empty()) co_return refusal(fault::bad_request, "model '" + name + "': " + one.spec().error);
  if (one.disabled()) co_return refusal(fault::unavailable, one.reason()); // unloaded meanwhile
  one.load();
  auto const settled = [&one] {
    return one.state() != model_state::cold_start && one.state() != model_state::scaling_down;
  };
  if (!co_await wait_until(settled, one.spec().toml.limits.start_timeout))
    co_return refusal(fault::unavailable, "model '" + name + "' has not started within start_timeout");
  if (auto const why_not = one.why_not_ready(); !why_not.empty())
    co_return refusal(fault::bad_request, "failed to load '" + name + "': " + why_not);
  co_return answer();
}

task<bool> control_api::wait_until(std::function<bool()> reached, std::chrono::milliseconds patience)
{
  auto const until = clock::now() + patience;
  auto timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>(io_.get_executor());
  while (!reached()) {
    if (clock::now() > until) co_return false;
    auto error = boost::system::error_code();
    timer.expires_after(std::chrono::milliseconds(5));
    co_await timer.async_wait(asio::redirect_error(use_task, error));
  }
  co_return true;
}

} // namespace pilotlight::http
