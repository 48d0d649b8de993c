// How many instances does so much work need? Queueing arithmetic, pure.
#pragma once

namespace pilotlight::decide {

/// Instances for a load of `erlangs` (arrivals per second x service time: by Little's law the requests that are being
/// worked on at once), such that few requests wait. Square-root staffing (Halfin and Whitt, Operations Research 29,
/// 1981): spare capacity grows with the root of the load, so a large pool runs hotter than a small one at an equal
/// chance of waiting. `utilisation` (0 to 1, both excluded) is what a lone instance may reach; it sets the constant:
/// n = load + b sqrt(load) with b = (1 - u) / sqrt(u). 0 for no load.
int staffed(double erlangs, double utilisation);

/// The other way round: the load that `instances` carry.
double carried(int instances, double utilisation);

} // namespace pilotlight::decide
