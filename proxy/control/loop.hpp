// The control loop: collect -> decide -> execute, once a tick and on events. Owns what has to be remembered between two
// ticks; touches the world only through pool/, collect/ and history/. I/O thread only.
#pragma once
#include "proxy/collect/report.hpp"
#include "proxy/collect/usage_sampler.hpp"
#include "proxy/control/cores.hpp"
#include "proxy/control/gather.hpp"
#include "proxy/control/health_rounds.hpp"
#include "proxy/control/learning.hpp"
#include "proxy/decide/autoscaler.hpp"
#include "proxy/decide/decision_log.hpp"
#include "proxy/execute/zygote.hpp"
#include "proxy/history/store.hpp"
#include "proxy/pool/fleet.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/array.hpp>
#include <functional>
#include <map>
#include <span>

namespace pilotlight::control {

class loop final : public pool::scaling
{
public:
  loop(boost::asio::io_context& io, settings const& config, pool::fleet& models, execute::zygote& zygote,
       collect::usage_sampler& usage, history::store& history, boost::asio::thread_pool& background);

  /// All models are known: recalls what the history has of them and begins to tick.
  void start();
  /// Settings or models have changed.
  void configure();
  /// What the history should keep, all of it.
  void save();
  /// Takes what the history has: of the runs before, added to what this one has counted.
  void recall();
  /// Hears each new decision as it is made.
  void on_decision(std::function<void(decide::decision const&, model_spec const&)> who)
  {
    on_decision_ = std::move(who);
  }

  // --- what can be asked
  /// The last decisions, oldest first; `model` empty: of all, `version` empty: of all its versions.
  boost::json::array decisions(std::string const& model, std::string const& version, std::size_t limit) const;
  boost::json::object health(bool draining) { return health_.report(draining); }
  void on_alert(std::function<void(health::alert const&)> who) { health_.on_alert(std::move(who)); }
  /// All that is measured and decided.
  collect::fleet_report report();

  // pool::scaling
  void queue_grew(pool::model& which) override;
  void idle_delay_over(pool::model& which) override;
  int threads_for(pool::model const& which) override;
  std::string refuses_start(pool::model const& which) override;
  decide::room_plan plan_starts(std::span<pool::model* const> loaded, std::span<pool::model* const> waiting) override;
  void instances_changed() override;
  void acted(pool::model const& which, decide::action what) override;
  void spec_changed() override { stale_ = true; }

private:
  /// What is followed of one model from tick to tick.
  struct followed
  {
    clock::time_point queue_seen{};
    bool concerned = false; ///< in the last tick
  };

  void preload_if_wanted();
  void preload();
  void take_up();
  void wait();
  void tick();
  void decide(std::span<pool::model* const> models);
  decide::model_facts collect(pool::model& one, clock::time_point now);
  void predict(pool::model& one, decide::model_facts& facts, clock::time_point now);
  std::uint64_t account(pool::model& one);
  void tell(std::span<decide::action const> actions, std::span<decide::model_facts const> facts, decide::instant now);
  void tell(pool::model const& which, decide::action one);
  void tell(pool::model const& which, health::action const& what);
  void carry_out(std::span<decide::action const> actions, std::span<decide::model_facts const> facts,
                 decide::instant now);
  void carry_out(decide::action const& one, pool::model& model);
  void keep_zygote();
  bool concerns(pool::model const& one) const;
  followed& following(pool::model const& one);
  std::vector<decide::model_policy> policies();
  decide::node_facts node() const;

  settings const& config_;
  pool::fleet& models_;
  execute::zygote& zygote_;
  collect::usage_sampler& usage_;
  history::store& history_;
  learning learning_;
  health_rounds health_;
  cores cores_;
  decide::autoscaler autoscaler_;
  decide::decision_log log_;
  std::function<void(decide::decision const&, model_spec const&)> on_decision_;
  std::chrono::nanoseconds tick_took_{-1};
  int quiet_ticks_ = 0;
  std::uint64_t own_bytes_ = 0; ///< of all models and the shared zygote, at the last tick
  boost::asio::steady_timer timer_;
  std::vector<pool::model*> by_index_;
  bool started_ = false, preloaded_ = false;
  bool stale_ = false; ///< a model has become another one since the tables were made
  std::map<decide::model_index, followed> followed_;
};

} // namespace pilotlight::control
