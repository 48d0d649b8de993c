#include "proxy/decide/sizing.hpp"

#include "proxy/decide/figures.hpp"
#include "proxy/decide/rest_rule.hpp"
#include "proxy/decide/staffing.hpp"
#include "proxy/decide/weights.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::decide {

namespace {

constexpr double tight_from = 0.9;
constexpr int forgiven_after = 20; ///< stabilisation windows without a step taken back

int there(model_facts const& facts)
{
  return facts.ready + facts.starting;
}

load_reading read(model_facts const& facts, model_policy const& policy, demand const& load)
{
  if (is_silent(facts) && facts.arrived == 0) return load_reading::silent;
  if (load.up > there(facts)) return load_reading::over;
  if (load.down < there(facts)) return load_reading::under;
  return load.load >= tight_from * carried(there(facts), policy.target_utilisation) ? load_reading::tight
                                                                                    : load_reading::slack;
}

/// How many may go now: those that have nothing in flight; where none has, one after another down_cooldown.
int removable(scaling_memory& memory, model_facts const& facts, model_policy const& policy, instant now)
{
  if (facts.instances.empty()) return facts.ready;
  auto const idle = std::ranges::count_if(
      facts.instances, [](instance_facts const& one) { return one.ready && !one.draining && one.in_flight == 0; });
  if (idle > 0) return static_cast<int>(idle);
  if (!memory.down_wanted) {
    memory.down_wanted = true;
    memory.down_wanted_since = now;
  }
  return now - memory.down_wanted_since >= policy.down_cooldown ? 1 : 0;
}

std::optional<sized> up(scaling_memory& memory, model_facts const& facts, model_policy const& policy,
                        bounds const& within, demand const& load, instant now)
{
  bool const panic = now < memory.panic_until;
  bool const emergency =
      facts.emergency && (now == memory.emergency_at || now - memory.emergency_at >= policy.panic_window);
  bool const called = facts.waiting + facts.in_flight > 0;
  bool const by_panic = panic && memory.panic_most > load.up;
  int to = by_panic ? memory.panic_most : load.up;
  if (there(facts) == 0 && !called) to = 0;                // at rest: warming up is the zero path's
  if (emergency) to = std::max({to, 2, there(facts) + 1}); // the successor of one that was ended may be on the way
  bool const by_floor = within.floor > to && (there(facts) > 0 || called);
  to = std::min(std::max(to, by_floor ? within.floor : 0), within.most);
  if (to <= there(facts)) return std::nullopt;

  bool const first = there(facts) == 0;
  bool const waits = now != memory.up_at && now - memory.up_at < policy.up_cooldown;
  if (waits && !first && !emergency && !panic) return std::nullopt;
  if (memory.up_at < memory.down_at && now - memory.down_at < policy.stabilisation * 2) {
    memory.patience = std::min(2 * memory.patience, most_patience);
    memory.flapped_at = now;
  }
  memory.up_at = now;
  if (emergency) memory.emergency_at = now;
  memory.wishes.note(now, to);
  std::string reason = emergency  ? "health of the model is " + std::to_string(facts.health)
                       : first    ? that_wait(facts.waiting) + " and no instance is there"
                       : by_floor ? (within.window ? "the window \"" + within.window->text + "\" is open"
                                                   : "the floor is " + in_instances(within.floor))
                       : by_panic ? "panic: " + in_instances(memory.panic_most) + " were needed within " +
                                        in_seconds(policy.panic_window) + ", and none goes for " +
                                        in_seconds(policy.stable_window)
                                  : clause(load, memory.history, facts, policy, now);
  return sized{to, emergency || panic, std::move(reason)};
}

std::optional<sized> down(scaling_memory& memory, model_facts const& facts, model_policy const& policy,
                          bounds const& within, instant now)
{
  if (facts.starting > 0 || facts.ready == 0) return std::nullopt;
  if (facts.ready > within.most) {
    std::string const why =
        within.budget == budget_state::over ? "the month's worker_hours are used up" : "max_instances_per_model";
    return sized{within.most, false, why + ": " + std::to_string(within.most) + " at most"};
  }
  auto const window = policy.stabilisation * memory.patience;
  int const most = std::max({1, within.floor, memory.wishes.most(now, window)});
  bool const level = memory.level == load_level::low || memory.level == load_level::none;
  bool const held = now < memory.panic_until || now - memory.rose_at < policy.stable_window / 2 || facts.draining > 0 ||
                    !memory.wishes.knows(now, window) ||
                    (now != memory.down_at && now - memory.down_at < policy.down_cooldown);
  if (!level || held || most >= facts.ready) {
    memory.down_wanted = memory.down_wanted && most < facts.ready;
    return std::nullopt;
  }
  int to = std::max(most, facts.ready - removable(memory, facts, policy, now));
  // What will be wanted again before it has been gone for a window stays.
  while (to < facts.ready && memory.needs.soon(now, to + 1, policy.stabilisation))
    ++to;
  if (to >= facts.ready) return std::nullopt;
  memory.down_at = now;
  return sized{to, false,
               "at most " + std::to_string(most) + " were wanted over " + in_seconds(window) + ": " +
                   figure(memory.history.arrivals.mean(now, policy.stable_window)) + " requests/s, " +
                   figure(memory.history.concurrency.mean(now, policy.stable_window)) + " inside"};
}

} // namespace

void note(scaling_memory& memory, model_facts const& facts, model_policy const& policy, bounds const& within,
          demand const& load, instant now)
{
  memory.hours.account(now, there(facts) + facts.draining);
  if (facts.ready > 0 && load.panic >= policy.panic_threshold * facts.ready) {
    if (now >= memory.panic_until) memory.panic_most = 0;
    memory.panic_until = now + policy.stable_window;
  }
  if (now < memory.panic_until) memory.panic_most = std::max(memory.panic_most, load.panic);
  int const wish = std::min(std::max(load.up, load.down), within.most);
  memory.wishes.note(now, wish);
  memory.needs.note(now, wish, policy.stabilisation);
  if (load.rising) memory.rose_at = now;
  memory.level = next(memory.level, read(facts, policy, load));
  if (memory.patience > 1 && now - memory.flapped_at > policy.stabilisation * forgiven_after) memory.patience = 1;
}

std::optional<sized> step(scaling_memory& memory, model_facts const& facts, model_policy const& policy,
                          bounds const& within, demand const& load, instant now)
{
  if (auto more = up(memory, facts, policy, within, load, now)) return more;
  return down(memory, facts, policy, within, now);
}

} // namespace pilotlight::decide
