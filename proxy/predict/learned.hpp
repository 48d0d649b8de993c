// Everything a predictor has learned, and how it decides by it. Internal to predict: the face is predictor.hpp. Pure.
#pragma once
#include "proxy/predict/account.hpp"
#include "proxy/predict/blob.hpp"
#include "proxy/predict/fleet.hpp"
#include "proxy/predict/gaps.hpp"
#include "proxy/predict/hazard.hpp"
#include "proxy/predict/predictor.hpp"
#include "proxy/predict/season.hpp"
#include "proxy/predict/timer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

namespace pilotlight::predict {

inline double seconds(duration length)
{
  return std::chrono::duration<double>(length).count();
}
inline double seconds(instant when)
{
  return std::max(0.0, seconds(when.time_since_epoch()));
}

struct predictor::learned
{
  predictor_settings settings;
  bool interrupted = false; ///< restored: how long nobody watched is not known
  rates recent;
  accounts balances;
  timer clock;
  choice chosen;
  gap_sums gaps;
  membership together;     ///< none: judged alone
  bool same_bounds = true; ///< as those that were saved
  double scale = 1;        ///< of its memory against `ordinary`, the shared zygote with it
  double shared = 0;       ///< part of that which is the shared zygote's
  warmth advised;          ///< last; holds since `advised_at`, -1: none since the last call
  double advised_at = -1;
  rung warm_enough = rung::model_zygote; ///< of the last advice: the coldest from which a call does not wait
  double warm_so_far = 0;                ///< seconds since the last call, as charged
  std::unique_ptr<hazard> chances;       ///< from the first idle gap on
  std::unique_ptr<season> minutes;       ///< from the second call on

  double delay() const { return std::max(0.0, seconds(settings.delay)); }
  double shortest() const { return std::max(0.0, seconds(settings.keep_alive_min)); }
  double longest() const { return std::max(shortest(), seconds(settings.keep_alive_max)); }

  void settle(double gap);
  std::array<balance, prices> settle_hazard(double gap);
  balance settle_lived(double gap);
  void note(warmth const& advice, double now);
  /// What it costs to be warm from then to then, in seconds of being warm alone: while others keep the zygote, less.
  double charged(double from, double to) const;
  void resume(double when);
  void choose_again();
  void settle_timer(double gap);
  warmth plain(double now, double idle_since, rung warm) const;
  bool owes() const;
  warmth by_hazard(double now, double idle_since, rung warm) const;
  warmth by_price(double now, double idle_since, rung warm) const;
  warmth by_timer(double now, rung warm) const;
  warmth rest(double now, double idle, decide::start_costs const& costs);
  warmth choose_rest(double now, double idle_since, bool set_back, rung warm);
  bool by_clock() const;

  template <class Archive>
  void persist(Archive& archive)
  {
    // Accounts are of these bounds: under others they mean nothing.
    auto bounds = std::array{delay(), shortest(), longest()};
    for (auto& bound : bounds)
      archive.real(bound, 0, 1e12);
    same_bounds = bounds == std::array{delay(), shortest(), longest()};
    recent.persist(archive);
    balances.persist(archive);
    clock.persist(archive);
    gaps.persist(archive);
    std::uint8_t kept = static_cast<std::uint8_t>((chances ? 1 : 0) + (minutes ? 2 : 0));
    archive.small(kept);
    if constexpr (Archive::reading) {
      if ((kept & 1) != 0) chances = std::make_unique<hazard>();
      if ((kept & 2) != 0) minutes = std::make_unique<season>();
    }
    if (chances) chances->persist(archive);
    if (minutes) minutes->persist(archive);
  }
};

} // namespace pilotlight::predict
