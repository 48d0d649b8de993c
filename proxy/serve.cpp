#include "proxy/serve.hpp"

#include "proxy/config/doubts.hpp"
#include "proxy/control/loop.hpp"
#include "proxy/execute/service_notify.hpp"
#include "proxy/http/control_api.hpp"
#include "proxy/http/decision_json.hpp"
#include "proxy/http/server.hpp"
#include "proxy/pool/catalog.hpp"
#include "shared/cpu_quota.hpp"
#include "shared/plain_json.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spdlog/spdlog.h>
#include <stdexcept>
#include <sys/resource.h>

namespace pilotlight {
namespace {

namespace asio = boost::asio;

/// Beside this program, wherever the tree was moved to.
std::string worker_binary(settings const& config)
{
  if (!config.worker.binary.empty()) return config.worker.binary;
  auto error = std::error_code();
  auto const self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "pilotlight-worker").string();
}

/// Each connection and each instance needs descriptors: take all that the system allows.
void raise_descriptor_limit()
{
  auto limit = rlimit();
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void write_ready_file(std::string const& path, std::uint16_t http, std::uint16_t admin)
{
  auto const beside = path + ".part";
  {
    auto file = std::ofstream(beside);
    file << "{\"http\":" << http << ",\"admin\":" << admin << "}\n";
    if (!file.flush()) throw std::runtime_error("--ready-file: cannot write '" + path + "'");
  }
  std::filesystem::rename(beside, path);
}

/// The proxy and all it consists of. Built in order, run on one thread.
class proxy
{
public:
  proxy(settings const& config, control::settings_origin const& origin)
      : config_(config), bell_(doorbell::make().value()), tree_(io_, worker_binary(config_)), zygote_(tree_),
        fleet_(io_, background_, config_, tree_, zygote_, bell_), catalog_(io_, background_, config_, tree_, fleet_),
        usage_(io_, background_), history_(io_, background_, config_.history.file,
                                           {[](auto const& why) { spdlog::warn("{}", why); },
                                            [](auto const& good) { spdlog::info("{}", good); }}),
        control_(io_, config_, fleet_, zygote_, usage_, history_, background_),
        reloading_(io_, background_, config_, origin, fleet_, catalog_, control_),
        api_(io_, config_, fleet_, catalog_, zygote_), shared_{config_,
                                                               fleet_,
                                                               io_,
                                                               background_,
                                                               [this](route::destination where, std::string body) {
                                                                 return api_.handle(std::move(where), std::move(body));
                                                               },
                                                               oip::request_parser(),
                                                               http::date_line(),
                                                               false},
        http_(io_, config_.listen.http, "listen.http", route::port::data, shared_),
        admin_(io_, config_.listen.admin, "listen.admin", route::port::admin, shared_),
        bell_stream_(io_, ::fcntl(bell_.fd(), F_DUPFD_CLOEXEC, 0)), signals_(io_, SIGTERM, SIGINT, SIGHUP),
        drain_timer_(io_), notify_(io_)
  {
    api_.sample_with(usage_, background_);
    api_.ask({[this] { return report(); },
              [this](auto const& model, auto const& version, auto limit) {
                return control_.decisions(model, version, limit);
              },
              [this](auto done) { reloading_.reload(std::move(done)); },
              [this](bool draining) { return control_.health(draining); }});
    control_.on_alert([this](health::alert const& one) {
      if (!shared_.events.heard()) return;
      auto const colon = std::min(one.model.find(':'), one.model.size());
      auto const text = boost::json::object{{"severity", health::to_string(one.how)},
                                            {"topic", one.topic},
                                            {"model", one.model},
                                            {"sentence", one.sentence}};
      shared_.events.publish("alert", one.model.substr(0, colon),
                             colon < one.model.size() ? one.model.substr(colon + 1) : std::string(), plain_json(text));
    });
    control_.on_decision([this](decide::decision const& one, model_spec const& spec) {
      if (shared_.events.heard())
        shared_.events.publish("decision", spec.name, spec.version, plain_json(http::to_json(one, spec.key)));
    });
    api_.count_connections([this] { return http_.connections() + admin_.connections(); });
  }

  int run(std::optional<std::string> const& ready_file)
  {
    if (auto const opened = catalog_.open(); !opened) throw std::runtime_error(opened.error().sentence);
    history_.open();
    control_.start();
    reloading_.start();
    history_.start(
        config_.history.save_interval, [this] { control_.save(); }, [this] { control_.recall(); });
    listen_for_bell();
    listen_for_signals();
    http_.start();
    admin_.start();
    spdlog::info("serving on http://{}:{}, admin on http://{}:{}", config_.listen.http.host, http_.port(),
                 config_.listen.admin.host, admin_.port());
    if (ready_file) write_ready_file(*ready_file, http_.port(), admin_.port());
    notify_.ready();
    while (!stopped_)
      turn();
    notify_.stopping();
    tree_.end_all();
    background_.stop();
    background_.join();
    history_.close();
    return exit_code_;
  }

private:
  collect::fleet_report report()
  {
    auto all = control_.report();
    all.service.streams = shared_.events.readers();
    all.service.reloads = reloading_.taken_up();
    all.service.reloads_refused = reloading_.refused();
    return all;
  }

  /// One turn of the I/O thread: what the kernel has, then what the workers have, then sleep if neither has anything.
  void turn()
  {
    io_.poll();
    fleet_.turn();
    if (stopped_ || !fleet_.prepare_sleep()) return;
    io_.run_one();
    fleet_.woken();
  }

  void listen_for_bell()
  {
    bell_stream_.async_read_some(asio::buffer(bell_count_), [this](boost::system::error_code error, std::size_t) {
      if (!error) listen_for_bell(); // it has ended the sleep: the turn does the rest
    });
  }

  void listen_for_signals()
  {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        reloading_.reload();
      } else if (shared_.draining && signal == SIGINT) {
        spdlog::warn("ending at once, {} requests inside", fleet_.inside());
        exit_code_ = 130;
        stopped_ = true;
      } else if (!shared_.draining) {
        drain();
      }
      listen_for_signals();
    });
  }

  void drain()
  {
    spdlog::info("draining: {} requests inside; a second SIGINT ends at once", fleet_.inside());
    shared_.draining = true;
    api_.drain();
    http_.drain();
    admin_.drain();
    drain_until_ = pool::clock::now() + config_.drain_timeout;
    wait_for_drain();
  }

  void wait_for_drain()
  {
    auto const busy = fleet_.inside() != 0 || http_.connections() != 0;
    if (!busy || pool::clock::now() > drain_until_) {
      if (busy) spdlog::warn("shutdown.drain_timeout is over, {} requests are given up", fleet_.inside());
      stopped_ = true;
      return;
    }
    drain_timer_.expires_after(std::chrono::milliseconds(10));
    drain_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) wait_for_drain();
    });
  }

  settings config_; ///< all others refer to it; only reloading_ changes it
  asio::io_context io_{1};
  asio::thread_pool background_{2}; ///< a slow disk must not keep a reply from being compressed
  doorbell bell_;
  execute::process_tree tree_;
  execute::zygote zygote_;
  pool::fleet fleet_;
  pool::catalog catalog_;
  collect::usage_sampler usage_;
  history::store history_;
  control::loop control_;
  control::reloading reloading_;
  http::control_api api_;
  http::shared_state shared_;
  http::server http_;
  http::server admin_;
  asio::posix::stream_descriptor bell_stream_;
  /// Twice an eventfd's counter: a short read tells Asio that there is no more, and saves it one look.
  std::array<std::uint64_t, 2> bell_count_{};
  asio::signal_set signals_;
  asio::steady_timer drain_timer_;
  execute::service_notify notify_;
  pool::clock::time_point drain_until_{};
  bool stopped_ = false;
  int exit_code_ = 0;
};

} // namespace

int serve(settings const& config, control::settings_origin const& origin, std::optional<std::string> const& ready_file)
{
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  for (auto const& warning : config.warnings)
    spdlog::warn("{}", warning);
  for (auto const& doubt : config::doubts(config, usable_cpus()))
    spdlog::warn("{}", doubt);
  try {
    // Not destroyed: every process has been ended and reaped, what is left is memory, and half-answered connections
    // would only reach for each other on their way out.
    auto& running = *new proxy(config, origin);
    return running.run(ready_file);
  } catch (std::exception const& error) {
    spdlog::critical("{}", error.what());
    return 1;
  }
}

} // namespace pilotlight
