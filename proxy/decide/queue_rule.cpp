#include "proxy/decide/queue_rule.hpp"

namespace pilotlight::decide {

queue_decision scale_by_queue(queue_facts const& facts, std::size_t queue_length_max, int max_instances)
{
  if (facts.waiting <= queue_length_max) return {0, "no more than queue_length_max requests wait"};
  if (facts.starting > 0) return {0, "a start is on its way"};
  if (facts.instances == 0) return {0, "the first instance is the lifecycle's to start"};
  if (facts.instances >= max_instances) return {0, "max_instances_per_model is reached"};
  return {1, "more than queue_length_max requests wait"};
}

} // namespace pilotlight::decide
