// A level has changed, or a canary has spoken: what is to be done, and who is told? Pure; the tables are in
// reaction.cpp. Actions carry their reason; the pool executes them in order.
#pragma once
#include "proxy/health/alert.hpp"
#include "proxy/health/standing.hpp"
#include "proxy/health/trust.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::health {

enum class action_kind : std::uint8_t
{
  share,           ///< the instance gets `share` of the traffic that a healthy one gets; 0: it is out of the pool, what
                   ///< is inside it is finished
  optimise,        ///< in its next quiet moment: warm it up again, and give freed memory back
  replace,         ///< start another instance, and drain this one when that one is ready
  restart,         ///< end it (kill it, if `urgent`), requests inside run elsewhere; then start another one
  emergency_scale, ///< one instance more at once, past cooldowns and stabilisation
  reload,          ///< load the model anew, its model zygote too
  ask_canary,      ///< at once, ahead of held requests
  readmit,         ///< let the model serve (again)
  refuse_service,  ///< answer its requests with 503, those that are held too
};

constexpr std::string_view to_string(action_kind which)
{
  constexpr std::string_view names[] = {"share",  "optimise",   "replace", "restart",       "emergency_scale",
                                        "reload", "ask_canary", "readmit", "refuse_service"};
  return names[static_cast<std::size_t>(which)];
}

struct action
{
  action_kind what = action_kind::share;
  int number = 0;       ///< of the instance; 0: the model
  double share = 1;     ///< of share
  bool urgent = false;  ///< now, and by force
  std::string reason{}; ///< one clause with its figures
};

struct reaction
{
  std::vector<action> actions{};
  std::vector<alert> alerts{};
};

/// The share of traffic of an instance at that level, while others are better: 1, 0.5, 0, 0.
double share_of(level at);

/// What surrounds an instance whose level has changed.
struct instance_situation
{
  std::string model{}; ///< "minilm:1"
  int number = 0;
  bool gone = false;           ///< its process has ended: whoever reaped it starts another one; here it is only told
  bool certain = false;        ///< its worst finding is: hung, or it answered a canary wrongly
  bool sequence = false;       ///< it carries a client's sequence: ended only when it is hung
  int ready_elsewhere = 0;     ///< other instances of the model that are ready and at least degraded
  bool room = false;           ///< memory and max_instances allow one more beside it
  int replaced_lately = 0;     ///< instances of this model that health replaced in the last ten minutes
  bool model_reloads = false;  ///< react_trust has its model loaded anew: that ends this instance too
  bool out_of_service = false; ///< nobody asks it: no other instance would answer better
  bool again = false; ///< its level has not changed; asked once more, as is done every minute while an instance
                      ///< stays below degraded, from healthy. Nobody is told unless something is done
  instant now{};
};

/// More replacements than this in ten minutes do not help: it goes on with what it has, is told, and tries again later.
inline constexpr int most_replacements = 3;
/// Of a sick instance that nobody can stand in for.
inline constexpr double least_share = 0.1;

reaction react_instance(level_change const& change, instance_situation const& around);

struct model_situation
{
  std::string model{};
  bool cannot_start = false;   ///< the breaker tries it again by itself: more instances would not help
  bool out_of_service = false; ///< nor here
  bool room = false;           ///< for one more instance
  instant now{};
};
reaction react_model(level_change const& change, model_situation const& around);

/// Alerts only: what is to be done is done for the models.
reaction react_service(level_change const& change, instant now);

/// The step that `seen` makes from `at`, with its alerts. `sentence`: of the finding.
reaction react_trust(trust at, evidence seen, std::string_view model, std::string_view sentence, instant now);

} // namespace pilotlight::health
