// How does a policy stand beside fixed delays and beside those who know the trace? Pure.
#pragma once
#include "proxy/simulate/report.hpp"
#include "proxy/simulate/sessions.hpp"

namespace pilotlight::simulate {

/// By the policy's sums of one replay and the sessions of the same trace. Meant for models of one instance.
comparison compare(tally const& total, std::vector<session> const& sessions, costs const& costs, duration plain_delay,
                   duration trace_length);

} // namespace pilotlight::simulate
