// Which cores do instances run on, and with how many threads? Asks decide/resources, tells running instances their
// threads, and pins processes if that is configured. I/O thread only.
#pragma once
#include "proxy/config/settings.hpp"
#include "proxy/decide/resources.hpp"
#include "proxy/pool/fleet.hpp"

#include <algorithm>
#include <vector>

namespace pilotlight::control {

class cores
{
public:
  /// Reads the CPUs that this process may run on, once.
  explicit cores(settings const& config);

  /// Intra-op threads for one more instance of that model.
  int threads_for(pool::fleet& models, pool::model const& which) const;
  /// What one more instance of it asks for, in constant time: its even part as of the last `share`, or its configured
  /// threads as far as the node has so many.
  int next_threads(pool::model const& which) const;
  /// Deals threads and, where processes are pinned, CPUs to all instances; one whose threads are configured gets so
  /// many at most.
  void share(pool::fleet& models);
  /// Of what all may use, the even part of each instance that was there at the last `share`; of none: all of it.
  std::uint64_t fair_part(std::uint64_t of_all) const { return of_all / std::max<std::size_t>(instances_, 1); }
  void configure();

private:
  static std::vector<decide::resource_claim> claims(pool::fleet& models);

  settings const& config_;
  std::vector<int> cpus_;
  bool pinned_ = false; ///< instances are, and not only by chance
  decide::node_resources node_;
  std::size_t instances_ = 0;
};

} // namespace pilotlight::control
