// What may be decided? One list of actions per tick, each with its reason; execute carries them out in order. Plain
// data.
#pragma once
#include "proxy/decide/facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::decide {

enum class action_kind : std::uint8_t
{
  scale,   ///< to `instances` instances, up or down (at least 1; requests inside are never dropped)
  rest,    ///< an idle model cools (or a resting one is warmed) to the rung `to`
  evict,   ///< to zero, so that another model finds room
  reweigh, ///< `weights` of its instances, in the order of model_facts::instances
  // By health, which carries them out; the log keeps them for explain.
  replace,  ///< another instance takes the place of `number`
  share,    ///< `number` gets another share of the traffic
  optimise, ///< `number` warms up again
  reload,   ///< the model is loaded anew
  readmit,  ///< it serves again
  take_out, ///< it is out of service
  refuse,   ///< wanted, but not possible now: nothing is executed, the reason is kept for explain
};

constexpr std::string_view to_string(action_kind kind)
{
  constexpr std::string_view names[] = {"scale",    "rest",   "evict",   "reweigh",  "replace", "share",
                                        "optimise", "reload", "readmit", "take_out", "refuse"};
  return names[static_cast<std::size_t>(kind)];
}

struct action
{
  model_index model = 0;
  action_kind what = action_kind::refuse;
  int instances = 0;           ///< of scale
  rung to = rung::zero;        ///< of rest
  int number = 0;              ///< of replace, share, optimise
  std::vector<double> weights; ///< of reweigh
  bool dry_run = false;        ///< decided and kept for explain, not executed
  bool urgent = false;         ///< emergency: critical health, panic
  std::string reason;          ///< one clause with its figures: "7.2 requests inside over 6 s, target 2 per instance"
};

} // namespace pilotlight::decide
