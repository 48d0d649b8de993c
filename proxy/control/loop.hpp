// The control loop: collect -> decide -> execute, once a tick and on events. Owns what has to be remembered between two
// ticks; touches the world only through pool/, collect/ and history/. I/O thread only.
#pragma once
#include "proxy/collect/savings.hpp"
#include "proxy/collect/usage_sampler.hpp"
#include "proxy/control/gather.hpp"
#include "proxy/control/learning.hpp"
#include "proxy/decide/autoscaler.hpp"
#include "proxy/execute/zygote.hpp"
#include "proxy/history/store.hpp"
#include "proxy/pool/fleet.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <span>

namespace pilotlight::control {

class loop final : public pool::scaling
{
public:
  loop(boost::asio::io_context& io, settings const& config, pool::fleet& models, execute::zygote& zygote,
       collect::usage_sampler& usage, history::store& history);

  /// All models are known: recalls what the history has of them and begins to tick.
  void start();
  /// Settings or models have changed.
  void configure();
  /// What the history should keep, all of it.
  void save();

  // pool::scaling
  void queue_grew(pool::model& which) override;
  void idle_delay_over(pool::model& which) override;
  int threads_for(pool::model const& which) override;

private:
  /// What is followed of one model from tick to tick.
  struct followed
  {
    explicit followed(decide::instant start) : savings(start) {}
    collect::savings_meter savings;
    std::uint64_t cold_starts = 0, answered = 0, warm = 0; ///< as seen last
    clock::time_point queue_seen{};
    decide::rung resting = decide::rung::zero; ///< where it was last told to rest
    std::string last_said;                     ///< a decision that repeats itself is said once
  };

  void wait();
  void tick();
  void decide(std::span<pool::model* const> models);
  decide::model_facts collect(pool::model& one, clock::time_point now);
  void predict(pool::model& one, decide::model_facts& facts, clock::time_point now);
  void account(pool::model& one, decide::instant now);
  void carry_out(std::span<decide::action const> actions);
  void carry_out(decide::action const& one, pool::model& model);
  void keep_zygote();
  bool concerns(pool::model const& one) const;
  followed& following(pool::model const& one);
  std::vector<decide::model_policy> policies();
  decide::node_facts node() const;

  boost::asio::io_context& io_;
  settings const& config_;
  pool::fleet& models_;
  execute::zygote& zygote_;
  collect::usage_sampler& usage_;
  history::store& history_;
  wall_clock clock_;
  learning learning_;
  decide::autoscaler autoscaler_;
  boost::asio::steady_timer timer_;
  std::vector<pool::model*> by_index_;
  std::map<decide::model_index, followed> followed_;
};

} // namespace pilotlight::control
