// Which cores do instances run on, and with how many threads? Asks decide/resources, and pins processes if that is
// configured. I/O thread only.
#pragma once
#include "proxy/config/settings.hpp"
#include "proxy/decide/resources.hpp"
#include "proxy/pool/fleet.hpp"

#include <vector>

namespace pilotlight::control {

class cores
{
public:
  /// Reads the CPUs that this process may run on, once.
  explicit cores(settings const& config);

  /// Intra-op threads for one more instance of that model.
  int threads_for(pool::fleet& models, pool::model const& which) const;
  /// Each instance on CPUs of its own, as far as there are enough; nothing where worker processes are not pinned.
  void spread(pool::fleet& models) const;
  /// What all models together may use.
  decide::node_resources const& node() const { return node_; }
  void configure();

private:
  std::vector<decide::resource_claim> claims(pool::fleet& models) const;

  settings const& config_;
  std::vector<int> cpus_;
  decide::node_resources node_;
};

} // namespace pilotlight::control
