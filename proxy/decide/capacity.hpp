// Does one more instance fit on this node, and if not: who should go for it? Pure.
#pragma once
#include "proxy/decide/facts.hpp"
#include "proxy/decide/policy.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::decide {

/// What the node holds of one model.
struct holding
{
  model_index model = 0;
  bool loaded = false;   ///< it has a process, or one is being made
  bool idle = false;     ///< nothing waits, runs or starts
  bool pinned = false;   ///< a floor of its policy wants it there; a forecast never does
  bool leaving = false;  ///< told to go: its memory is on its way back
  bool starting = false; ///< counts against parallel_starts
  int priority = 0;
  double value = 0;         ///< seconds that its eviction is expected to cost: start time x chance of a call
  std::uint64_t bytes = 0;  ///< held now
  std::uint64_t coming = 0; ///< promised to starts that have not taken it yet
  double cores = 0;         ///< in use, starts counted as busy
  int instances = 0;        ///< starting ones too
  int surplus = 0;          ///< of them, those that may go for a higher priority: above its floor, and not the last
  int draining = 0;         ///< of them, those that go while others stay
  double threads = 1;       ///< of one instance
  std::uint64_t further_bytes = 0; ///< that one instance beside others gives back
};

struct place_wanted
{
  model_index model = 0;
  int priority = 0;
  bool first = false;  ///< nothing of it can answer yet: CPU never refuses it, memory only when there is none
  bool loaded = false; ///< it has a process already
  bool starting = false;
  int instances = 1;
  std::uint64_t first_bytes = 0;   ///< the first of them
  std::uint64_t further_bytes = 0; ///< each of the others
  double threads = 1;              ///< of one instance
  bool shares = false;      ///< not configured: all instances get fewer, so there is room up to one for each core
  double memory_limit = 80; ///< percent of the node's memory; ignored for a first one
  bool presses = false;     ///< where cores or memory are lacking, a less important model gives up an instance for it
  /// Seconds that it is expected to spare, where only a forecast wants it: nobody of its priority who is worth as much
  /// goes for that.
  double value = std::numeric_limits<double>::infinity();
};

struct place_given
{
  int instances = 0;                ///< that fit now
  std::vector<model_index> evict;   ///< to zero; their exit makes room for what did not fit
  std::optional<model_index> drain; ///< gives up one instance, with the same effect
  std::string lacking;              ///< why not all: one clause
  bool short_of_room = false;       ///< it is cores or memory that are lacking
  bool waits_turn = false;          ///< it is only parallel_starts
  bool coming = false;              ///< what is lacking is on its way: somebody leaves
};

/// The room of one node during one tick: what is given is gone.
class capacity
{
public:
  capacity(node_facts const& node, node_policy const& policy, std::span<holding const> holdings);

  /// As many as fit. For the rest: the least valuable idle models of no higher priority (lowest priority first, then
  /// least value), never more of them than are needed, none if all of them together would not do. Where that does not
  /// help, and it presses: one surplus instance of the least important model of strictly lower priority, of memory only
  /// if all such instances together would do. One at a time: what is still lacking then is seen when it has gone.
  place_given place(place_wanted const& wanted);

private:
  bool evict_for(place_wanted const& wanted, std::uint64_t bytes, int places, place_given& given);
  bool drain_for_cores(place_wanted const& wanted, place_given& given);
  bool drain_for_memory(place_wanted const& wanted, std::int64_t bytes, place_given& given);
  template <typename Condition>
  bool drain_one(place_wanted const& wanted, place_given& given, Condition helps);

  node_facts node_;
  node_policy policy_;
  std::vector<holding> holdings_;
  std::int64_t free_ = 0;     ///< bytes that nobody was promised
  std::int64_t leaving_ = 0;  ///< bytes on their way back
  std::int64_t draining_ = 0; ///< the same of instances that go while others stay: when, their last request says
  double cores_ = 0;
  double leaving_cores_ = 0, leaving_instances_ = 0;
  int instances_ = 0;
  int models_ = 0, leaving_models_ = 0, starting_ = 0;
};

} // namespace pilotlight::decide
