// What did a new configuration change, and when does it hold? Pure.
#pragma once
#include "proxy/config/key.hpp"

#include <string>
#include <vector>

namespace pilotlight::config {

/// One key that has another value, or one list of tables that is not the same.
struct change
{
  std::string name; ///< "autoscaling.thresholds.cpu_scale_up", "balancing.zones"
  std::string before;
  std::string after; ///< both as TOML, as it would stand in a file
  effect takes = effect::now;
  bool operator==(change const&) const = default;
};

/// All of them, in the order of the table of keys. Files and warnings of the settings are not compared.
std::vector<change> difference(settings const& before, settings const& after);

/// Of two models, or of one at two times: keys that a model.toml may hold.
std::vector<change> difference(model_limits const& before, model_limits const& after);

/// "autoscaling.tick: 1.0 -> 2.0, takes effect now".
std::string sentence(change const& one);

/// `wanted`, but keys that need a restart as in `running`: what a proxy that runs goes by from now on.
settings without_restart(settings wanted, settings const& running);

/// The value that the settings have for a key, as TOML.
std::string to_toml(key const& one, value const& content);

} // namespace pilotlight::config
