// Which requests exist? Stable places, reused, named by slot and generation, so that a stale id from a worker's ring
// finds nothing instead of somebody else's request. I/O thread only.
#pragma once
#include "proxy/pool/pending.hpp"

#include <deque>
#include <vector>

namespace pilotlight::pool {

class slab
{
public:
  /// A vacant one, phase `admitted`, with a new id (never 0).
  pending& take();
  /// Vacates it: blocks and reply go back, the id is no longer found.
  void put_back(pending& request);
  /// The request of that id, or nullptr.
  pending* find(std::uint64_t id);
  std::size_t size() const { return places_.size() - vacant_.size(); }

private:
  std::deque<pending> places_;
  std::vector<std::uint32_t> vacant_;
};

} // namespace pilotlight::pool
