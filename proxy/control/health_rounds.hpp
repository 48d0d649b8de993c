// Rounds from instance to instance: heartbeats and canaries through the probe lane, what they and the usage samples
// say, and what follows from it. Deciding is health/'s; this asks, remembers and carries out. Where nothing runs it
// does nothing: probes wake nobody. I/O thread only; golden answers are read and written in the background.
#pragma once
#include "proxy/collect/usage_sampler.hpp"
#include "proxy/control/watched.hpp"
#include "proxy/health/alert.hpp"
#include "proxy/health/reaction.hpp"
#include "proxy/health/report.hpp"
#include "proxy/pool/fleet.hpp"

#include <boost/asio/thread_pool.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <memory>

namespace pilotlight::control {

class health_rounds
{
public:
  health_rounds(boost::asio::io_context& io, boost::asio::thread_pool& background, settings const& config,
                pool::fleet& models, collect::usage_sampler const& usage);

  /// Once a tick.
  void go();
  /// Settings have changed: where nobody judges any more, nothing is held, refused or given less for it.
  void configure();
  /// Body of GET /v1/health.
  boost::json::object report(bool draining);
  /// The score at which the model has become critical, where one more instance may help, until it got one.
  std::optional<int> emergency(pool::model const& which) const;
  /// It got that.
  void emergency_over(pool::model const& which);
  /// Hears of each action, a moment before it is carried out.
  void on_action(std::function<void(pool::model const&, health::action const&)> who) { on_action_ = std::move(who); }
  /// Hears each alert.
  void on_alert(std::function<void(health::alert const&)> who) { on_alert_ = std::move(who); }

private:
  using clock = pool::clock;

  void go(pool::model& one, watched_model& seen);
  void go(pool::model& one, watched_model& seen, pool::instance& which);
  void hear(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it);
  void check(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it, health::check what,
             health::vital_signs const& signs, health::liveness alive);
  health::finding detailed(pool::model const& one, pool::instance& which, watched_instance& it);
  std::optional<health::finding> performance(watched_model& seen, pool::instance& which, watched_instance const& it);
  void take(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it, health::finding found);
  health::instance_situation situation(pool::model const& one, watched_model& seen, pool::instance const& which) const;
  static void forget(pool::model& one, watched_model& seen);
  static void forget_gone(pool::model& one, watched_model& seen);
  void judge(pool::model& one, watched_model& seen, bool certain = false);

  void open_book(pool::model& one, watched_model& seen);
  void ask_canary(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it);
  void rule(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it,
            channel::probe_answer const& answer);
  void trust(pool::model& one, watched_model& seen, health::evidence evidence, std::string_view sentence);

  void tell(health::alert const& what) const;
  void carry_out(pool::model& one, watched_model& seen, health::reaction const& what);
  void carry_out(pool::model& one, watched_model& seen, health::action const& what);

  boost::asio::io_context& io_;
  boost::asio::thread_pool& background_;
  settings const& config_;
  pool::fleet& models_;
  collect::usage_sampler const& usage_;
  std::map<decide::model_index, watched_model> seen_;
  health::score_standing service_;
  health::latest_failures failures_;
  std::function<void(health::alert const&)> on_alert_ = [](auto const&) {};
  std::function<void(pool::model const&, health::action const&)> on_action_;
  std::uint64_t last_probe_ = 0;
};

} // namespace pilotlight::control
