// Live objects -> facts. Reads the pool and the last usage samples; changes nothing but the counters of one tick, which
// it takes. I/O thread only.
#pragma once
#include "proxy/collect/usage_sampler.hpp"
#include "proxy/control/wall_clock.hpp"
#include "proxy/decide/facts.hpp"
#include "proxy/pool/model.hpp"

namespace pilotlight::control {

using pool::clock;

/// Processes of a model that exist now.
std::vector<pid_t> processes_of(pool::model const& one);

/// All of it. Takes the tick's counts.
decide::model_facts facts_of(pool::model& one, collect::usage_sampler const& usage, clock::time_point now);

/// What changes from request to request: counts of instances and requests. Takes nothing.
decide::model_facts quick_facts_of(pool::model const& one, clock::time_point now);

/// What a start of it costs, as measured; what was not measured yet is by default.
decide::start_costs costs_of(pool::model const& one, collect::usage_sampler const& usage, std::uint64_t zygote_bytes);

} // namespace pilotlight::control
