// Does this model need one more instance now? The simple rule until the autoscaler takes over. Pure.
#pragma once
#include <cstddef>
#include <string_view>

namespace pilotlight::decide {

struct queue_facts
{
  std::size_t waiting = 0; ///< requests that no instance has taken
  int instances = 0;       ///< ready ones
  int starting = 0;        ///< on their way
};

struct queue_decision
{
  int add = 0; ///< instances to start now: 0 or 1
  std::string_view reason;
};

/// One more when more than `queue_length_max` requests wait and no start is on its way, up to `max_instances`. Never
/// the first one: that is the lifecycle's.
queue_decision scale_by_queue(queue_facts const& facts, std::size_t queue_length_max, int max_instances);

} // namespace pilotlight::decide
