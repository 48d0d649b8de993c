#include "proxy/health/trust.hpp"

namespace pilotlight::health {
namespace {

using enum trust;
using act = trust_action;

// What old processes still say while the model is loaded anew counts no more; nor does anything but a load bring it
// back from out of service.
constexpr trust_step table[trusts][evidences] = {
    // right                      wrong                          reloaded                untested
    {{trusted, act::none}, {reloading, act::reload}, {trusted, act::none}, {trusted, act::none}},
    {{reloading, act::none}, {reloading, act::none}, {on_trial, act::ask}, {reloading, act::none}},
    {{trusted, act::readmit}, {out_of_service, act::take_out}, {on_trial, act::ask}, {trusted, act::readmit}},
    {{out_of_service, act::none}, {out_of_service, act::none}, {on_trial, act::ask}, {out_of_service, act::none}},
};

} // namespace

trust_step next(trust at, evidence seen)
{
  return table[static_cast<std::size_t>(at)][static_cast<std::size_t>(seen)];
}

} // namespace pilotlight::health
