// Which strategies are there, and how is one made by its name? Pure.
#pragma once
#include "proxy/balance/balancer.hpp"
#include "shared/failure.hpp"

#include <array>
#include <memory>

namespace pilotlight::balance {

/// The values of `load_balancing_strategy`.
inline constexpr std::array<std::string_view, 9> strategies{"round_robin", "least_connections", "random",
                                                            "weighted",    "response_time",     "resource_based",
                                                            "predicted",   "geographic",        "consistent_hash"};

struct balancer_settings
{
  std::size_t zones = 1; ///< of geographic: zone_table::size()
  /// Of predicted: may leave a request waiting although a slow instance has room, when a full and faster one is
  /// expected to answer it sooner. The caller asks again at each completion, and now and then without one.
  bool may_wait = false;
  double load_bound = 1.25; ///< of consistent_hash: times the fair part, at least 1
};

/// A fresh one, which has learned nothing. An unknown name: a sentence that says which are allowed.
result<std::unique_ptr<balancer>> make(std::string_view strategy, balancer_settings const& settings = {});

} // namespace pilotlight::balance
