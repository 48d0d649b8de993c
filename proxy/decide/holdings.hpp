// What does the node hold of a model, and what would more of it take? Arithmetic on measured bytes, pure.
#pragma once
#include "proxy/decide/bounds.hpp"
#include "proxy/decide/capacity.hpp"
#include "proxy/decide/facts.hpp"
#include "proxy/decide/policy.hpp"

#include <cstdint>

namespace pilotlight::decide {

/// Bytes of one more instance beside the first.
std::uint64_t bytes_of_further(model_facts const& facts);

/// Intra-op threads of one more instance.
double threads_of_further(model_facts const& facts, model_policy const& policy);

/// Bytes from where it rests now up to the rung `to`, the shared zygote included where it does not run yet.
std::uint64_t bytes_to(model_facts const& facts, rung to, node_facts const& node);

/// Seconds that a call is expected to wait for this model where nothing of it is warmer than `from`: start time x
/// chance of a call. A forecast that wants it warm makes a call likelier than not; it never lowers the value.
double worth(model_facts const& facts, rung from);

/// A model that scales only by hand, or dry, is never idle here: it is not evicted for others.
holding hold(model_facts const& facts, model_policy const& policy, bounds const& within);

} // namespace pilotlight::decide
