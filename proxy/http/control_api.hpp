// What do the endpoints answer that run no inference: health, metadata, statistics, the repository, the admin port?
// Knows no socket. I/O thread only.
#pragma once
#include "proxy/collect/report.hpp"
#include "proxy/collect/usage_sampler.hpp"
#include "proxy/config/reload.hpp"
#include "proxy/http/exchange.hpp"
#include "proxy/http/models_json.hpp"
#include "proxy/pool/catalog.hpp"

#include <boost/json/object.hpp>

namespace pilotlight::http {

class control_api
{
public:
  control_api(boost::asio::io_context& io, settings const& config, pool::fleet& models, pool::catalog& catalog,
              execute::zygote& zygote);

  task<answer> handle(route::destination where, std::string body);

  /// True from SIGTERM on: no longer ready for new work.
  void drain() { draining_ = true; }
  /// What the control loop answers; what is not given stays as the pool alone knows it, or is told to be off.
  struct control_loop
  {
    /// All that is measured and decided, for the statistics, /metrics and /v1/models.
    std::function<collect::fleet_report()> report;
    /// The last decisions, newest last, as the array of {"decisions": ...}. `model` and `version` empty: all.
    std::function<boost::json::array(std::string const& model, std::string const& version, std::size_t limit)>
        decisions;
    /// Reads the configuration anew, and tells later what has changed; or why it was refused.
    using reloaded = result<config::reload_told>;
    std::function<void(std::function<void(reloaded const&)> done)> reload;
    /// Body of /v1/health.
    std::function<boost::json::object(bool draining)> health;
  };
  /// Once, before the first request.
  void ask(control_loop loop) { loop_ = std::move(loop); }

  /// For /v1/models: connections open now.
  void count_connections(std::function<std::size_t()> count) { connections_ = std::move(count); }
  /// Memory and CPU come from there from now on, read in the background (before: on this thread), and long reports are
  /// rendered there too: the metrics of 1,000 models take 90 ms.
  void sample_with(collect::usage_sampler& sampler, boost::asio::thread_pool& background);

private:
  answer ready() const;
  answer model_answer(route::destination const& where) const;
  answer statistics(route::destination const& where) const;
  answer index(std::string const& body) const;
  answer unload(std::string const& name);
  answer scale(route::destination const& where, std::string const& body);
  task<> sample();
  task<std::string> render(route::endpoint which, collect::fleet_report now);
  task<answer> models();
  task<answer> reports(route::endpoint which);
  collect::fleet_report report() const;
  answer decisions(route::destination const& where);
  task<answer> reload();
  task<answer> load(std::string name, std::string body);
  task<bool> wait_until(std::function<bool()> reached, std::chrono::milliseconds patience);

  boost::asio::io_context& io_;
  settings const& config_;
  pool::fleet& models_;
  pool::catalog& catalog_;
  execute::zygote& zygote_;
  control_loop loop_;
  collect::usage_sampler* sampler_ = nullptr;
  boost::asio::thread_pool* background_ = nullptr;
  usage_reader usage_ = [](pid_t pid) { return collect::process_usage{.pss = collect::read_pss(pid)}; };
  std::function<std::size_t()> connections_ = [] { return std::size_t{0}; };
  clock::time_point started_ = clock::now();
  bool draining_ = false;
};

} // namespace pilotlight::http
