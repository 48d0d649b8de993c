// From what the load asks for to how many instances there should be: panic, stabilisation, cooldowns. Pure.
#pragma once
#include "proxy/decide/bounds.hpp"
#include "proxy/decide/demand.hpp"
#include "proxy/decide/facts.hpp"
#include "proxy/decide/policy.hpp"
#include "proxy/decide/scaling_memory.hpp"

#include <optional>
#include <string>

namespace pilotlight::decide {

struct sized
{
  int to = 0; ///< above ready + starting: up; below: down
  bool urgent = false;
  std::string reason;
};

/// Notes what this tick's load wants, and the level that it means. Call before `step`.
void note(scaling_memory& memory, model_facts const& facts, model_policy const& policy, bounds const& within,
          demand const& load, instant now);

/// One step up or down, if it is time. Up at once (after up_cooldown); in panic (the panic window asks for twice what
/// is there, held for a stable window) to the most that this panic has asked for. Down only in none of these: panic, a
/// start or drain under way, a rising load, a wish within the stabilisation window; first those that are idle, and one
/// by one where none is. A step down that was taken back soon makes the next one wait longer.
std::optional<sized> step(scaling_memory& memory, model_facts const& facts, model_policy const& policy,
                          bounds const& within, demand const& load, instant now);

} // namespace pilotlight::decide
