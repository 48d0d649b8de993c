#include "proxy/http/control_api.hpp"

#include "proxy/collect/metrics.hpp"
#include "proxy/http/statistics_json.hpp"
#include "proxy/oip/metadata.hpp"
#include "shared/plain_json.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace pilotlight::http {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::uint32_t default_decisions = 50;
constexpr std::size_t many_models = 20; ///< rendering them would keep the I/O thread for a millisecond or more

/// A disk that is slow, a repository that is large.
constexpr auto reload_patience = std::chrono::seconds(30);

std::string text_of(route::endpoint which, collect::fleet_report const& now)
{
  if (which == route::endpoint::admin_scaling_stats) return plain_json(autoscaling_stats_json(now));
  if (which == route::endpoint::admin_performance) return plain_json(performance_json(now));
  return collect::metrics_text(now);
}

} // namespace

control_api::control_api(asio::io_context& io, settings const& config, pool::fleet& models, pool::catalog& catalog,
                         execute::zygote& zygote)
    : io_(io), config_(config), models_(models), catalog_(catalog), zygote_(zygote)
{
}

task<answer> control_api::handle(route::destination where, std::string body)
{
  using route::endpoint;
  switch (where.where) {
  case endpoint::server_metadata: co_return json_answer(oip::server_metadata_json());
  case endpoint::server_live: co_return json_answer(json::object{{"live", true}});
  case endpoint::server_ready: co_return ready();
  case endpoint::model_metadata:
  case endpoint::model_ready:
  case endpoint::model_config: co_return model_answer(where);
  case endpoint::model_statistics: co_return statistics(where);
  case endpoint::repository_index: co_return index(body);
  case endpoint::repository_load: co_return co_await load(where.model, body);
  case endpoint::repository_unload: co_return unload(where.model);
  case endpoint::admin_models: co_return co_await models();
  case endpoint::admin_scale: co_return scale(where, body);
  case endpoint::admin_health: co_return json_answer(loop_.health(draining_));
  case endpoint::admin_metrics:
  case endpoint::admin_scaling_stats:
  case endpoint::admin_performance: co_return co_await reports(where.where);
  case endpoint::admin_decisions:
  case endpoint::admin_decision_stream: co_return decisions(where);
  case endpoint::admin_reload: co_return co_await reload();
  case endpoint::model_infer: break;
  }
  co_return refusal(fault::not_found, "not served here");
}

void control_api::sample_with(collect::usage_sampler& sampler, asio::thread_pool& background)
{
  sampler_ = &sampler;
  background_ = &background;
  usage_ = [&sampler](pid_t pid) { return sampler.of(pid); };
}

/// Sees to it that the sampler's figures are of now.
task<> control_api::sample()
{
  if (!sampler_) co_return;
  auto initiate = [this](auto handler) {
    auto kept = std::make_shared<decltype(handler)>(std::move(handler));
    sampler_->refresh(processes(models_, zygote_), [this, kept] { asio::post(io_, [kept] { std::move (*kept)(); }); });
  };
  co_await asio::async_initiate<asio::use_awaitable_t<executor> const, void()>(initiate, use_task);
}

task<answer> control_api::models()
{
  co_await sample();
  auto const uptime = clock::now() - started_;
  co_return json_answer(models_json(models_, zygote_, uptime, connections_(), usage_, report()));
}

task<answer> control_api::reports(route::endpoint which)
{
  co_await sample();
  auto result = answer();
  result.body = co_await render(which, report());
  if (which == route::endpoint::admin_metrics) result.content_type = "text/plain; version=0.0.4; charset=utf-8";
  co_return result;
}

task<std::string> control_api::render(route::endpoint which, collect::fleet_report now)
{
  if (!background_ || now.models.size() < many_models) co_return text_of(which, now);
  auto text = std::string();
  auto initiate = [this, which, &now, &text](auto handler) {
    auto kept = std::make_shared<decltype(handler)>(std::move(handler));
    asio::post(*background_, [this, which, &now, &text, kept] {
      text = text_of(which, now);
      asio::post(io_, [kept] { std::move (*kept)(); });
    });
  };
  co_await asio::async_initiate<asio::use_awaitable_t<executor> const, void()>(initiate, use_task);
  co_return text;
}

collect::fleet_report control_api::report() const
{
  auto now = loop_.report();
  now.service.version = PILOTLIGHT_VERSION;
  now.service.uptime = std::chrono::duration<double>(clock::now() - started_).count();
  now.service.connections = connections_();
  now.service.zygote_running = zygote_.running();
  if (!sampler_) return now;
  now.service.proxy_bytes = sampler_->of(::getpid()).pss;
  now.service.zygote_bytes = sampler_->of(zygote_.pid()).pss;
  now.service.node = sampler_->node();
  return now;
}

answer control_api::decisions(route::destination const& where)
{
  if (!where.model.empty())
    if (auto const found = models_.find(where.model, where.version); !found) return to_answer(found.error());
  if (where.where == route::endpoint::admin_decision_stream) return {}; // the connection goes on with the stream
  auto const limit = where.limit == 0 ? default_decisions : where.limit;
  return json_answer(json::object{{"decisions", loop_.decisions(where.model, where.version, limit)}});
}

task<answer> control_api::reload()
{
  auto const outcome = std::make_shared<std::optional<control_loop::reloaded>>();
  loop_.reload([outcome](control_loop::reloaded const& what) { *outcome = what; });
  auto const known = [outcome] { return outcome->has_value(); };
  if (!co_await wait_until(known, reload_patience))
    co_return refusal(fault::unavailable, "the configuration is still being read: the log will tell");
  if (!**outcome) co_return refusal(fault::bad_request, (*outcome)->error().sentence); // also of a file that has gone
  auto const& told = ***outcome;
  co_return json_answer(json::object{{"reloaded", true},
                                     {"changes", json::array(told.changes.begin(), told.changes.end())},
                                     {"refused", json::array(told.refused.begin(), told.refused.end())}});
}

answer control_api::ready() const
{
  if (draining_) return refusal(fault::unavailable, "the server is shutting down");
  return json_answer(json::object{{"ready", true}});
}

answer control_api::model_answer(route::destination const& where) const
{
  auto const found = models_.find(where.model, where.version);
  if (!found) return to_answer(found.error());
  auto const& one = **found;
  if (where.where == route::endpoint::model_ready) {
    auto const why_not = draining_ ? "the server is shutting down" : one.why_not_ready();
    if (why_not.empty()) return json_answer(json::object{{"name", one.spec().name}, {"ready", true}});
    return refusal(fault::unavailable, "model '" + one.spec().name + "' is not ready: " + why_not);
  }
  auto const inputs = oip::known_inputs(one.spec(), one.seen_inputs());
  auto const outputs = oip::known_outputs(one.spec(), one.seen_outputs());
  if (where.where == route::endpoint::model_config)
    return json_answer(oip::model_config_json(one.spec(), inputs, outputs));
  auto versions = std::vector<std::string>();
  for (auto const* each : models_.versions(where.model))
    versions.push_back(each->spec().version);
  return json_answer(oip::model_metadata_json(one.spec(), versions, inputs, outputs));
}

answer control_api::statistics(route::destination const& where) const
{
  auto all = std::vector<oip::model_statistics>();
  if (where.model.empty()) {
    for (auto const* each : models_.all())
      all.push_back(each->statistics());
    return json_answer(oip::statistics_json(all));
  }
  auto const found = models_.find(where.model, where.version);
  if (!found) return to_answer(found.error());
  for (auto const* each : models_.versions(where.model))
    if (where.version.empty() || each == *found) all.push_back(each->statistics());
  return json_answer(oip::statistics_json(all));
}

answer control_api::scale(route::destination const& where, std::string const& body)
{
  auto const found = models_.find(where.model, where.version);
  if (!found) return to_answer(found.error());
  auto error = boost::system::error_code();
  auto const asked = json::parse(body, error);
  auto const* count = !error && asked.is_object() ? asked.as_object().if_contains("instances") : nullptr;
  if (!count || !count->is_int64() || count->as_int64() < 0 || count->as_int64() > 1'000'000)
    return refusal(fault::bad_request, "the body must be {\"instances\": N} with N a whole number, 0 or more");
  if (auto const done = (*found)->scale(static_cast<int>(count->as_int64())); !done) return to_answer(done.error());
  return json_answer(json::object{{"name", (*found)->spec().name},
                                  {"version", (*found)->spec().version},
                                  {"instances", count->as_int64()},
                                  {"state", decide::to_string((*found)->state())}});
}

} // namespace pilotlight::http
