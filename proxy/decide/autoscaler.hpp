// What should happen to every model now? The whole of the control loop's deciding: facts in, actions with reasons out.
// Pure: no clock, no I/O, no log; it remembers windows of what it was told, in bounded memory. The same object runs in
// the server and in the simulator.
#pragma once
#include "proxy/decide/action.hpp"
#include "proxy/decide/bounds.hpp"
#include "proxy/decide/capacity.hpp"
#include "proxy/decide/claims.hpp"
#include "proxy/decide/demand.hpp"
#include "proxy/decide/facts.hpp"
#include "proxy/decide/load_level.hpp"
#include "proxy/decide/policy.hpp"
#include "proxy/decide/room.hpp"
#include "proxy/decide/scaling_memory.hpp"

#include <span>
#include <vector>

namespace pilotlight::decide {

struct wish;

class autoscaler
{
public:
  /// `policies`: the place of each is its model_index. They passed `check`.
  explicit autoscaler(std::vector<model_policy> policies, node_policy node = {});

  /// Once a second, for all models or some; any spacing does. `now` never steps back. Actions in the order in which
  /// they should be carried out: what gives memory back comes first, then starts, the most popular first. Facts of an
  /// unknown model are passed over.
  std::vector<action> tick(std::span<model_facts const> models, node_facts const& node, instant now);

  /// The queue of one model just grew: is one more instance needed before the next tick? Only waiting, in_flight,
  /// counts and service of the facts are used; nothing enters the windows. At most starts come out.
  std::vector<action> queue_grew(model_facts const& facts, node_facts const& node, instant now);

  /// New policies, in the same order; models may have been added at the end. What was learned stays.
  void configure(std::vector<model_policy> policies, node_policy node = {});

  load_level level(model_index model) const;
  bool panicking(model_index model, instant now) const;

  // --- for room.hpp: the same rules where a request waits for the first process of a model
  holding held_by(model_facts const& facts, instant now) const;
  place_wanted first_of(model_facts const& facts, node_facts const& node, instant now) const;
  /// What became of them: who gave way does not take it back at once.
  void planned(room_plan const& plan, instant now);

  /// So many were asked for by hand, or by a load: they are a wish like the load's, and stay for the stabilisation
  /// window.
  void asked(model_index model, int instances, instant now);

  /// Worker-hours of the model in this month.
  double used_worker_hours(model_index model, instant now) const;
  bool over_budget(model_index model, instant now) const;
  /// To be saved, and given back after a restart.
  std::string save_worker_hours(model_index model) const;
  void restore_worker_hours(model_index model, std::string_view saved, instant now);

private:
  void decide(model_facts const& facts, bounds const& within, demand const& load, instant now,
              std::vector<action>& actions, std::vector<wish>& wishes);
  void hold_again(model_facts const& facts, model_policy const& policy, bounds const& within);
  void grant(std::vector<wish> wishes, node_facts const& node, std::vector<action>& actions, instant now, bool ticks);

  std::vector<model_policy> policies_;
  node_policy node_;
  std::vector<scaling_memory> memory_;
  std::vector<holding> holdings_;
  claims claims_;
};

} // namespace pilotlight::decide
