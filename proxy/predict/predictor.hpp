// When will this model be called again, and how warm should it rest until then? One per model. Pure: no clock, no I/O;
// bounded memory whatever the traffic.
#pragma once
#include "proxy/decide/facts.hpp"
#include "proxy/predict/aim.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace pilotlight::predict {

using decide::duration;
using decide::instant;
using decide::rung;

/// How traffic of a model looks.
enum class pattern : std::uint8_t
{
  unknown,  ///< too little history
  periodic, ///< calls at (nearly) equal gaps
  diurnal,  ///< the hour or the day of the week tells
  bursty,   ///< clusters with long silence between them
  rare,     ///< few calls, nothing to learn from their gaps
  steady    ///< hardly ever idle
};

struct predictor_settings
{
  duration delay = std::chrono::seconds(300);         ///< scale_to_zero_delay: what it must never be worse than
  duration keep_alive_min = std::chrono::seconds(10); ///< bounds of a learned keep-alive
  duration keep_alive_max = std::chrono::seconds(3'600);
  duration latency_target = std::chrono::milliseconds(100); ///< a first request that waits longer counts as cold
  aim goal = aim::balanced;
  bool operator==(predictor_settings const&) const = default;
};

/// How to rest from now on, if no request comes.
struct warmth
{
  rung at = rung::zero;
  instant until{};      ///< holds so long without a request; then ask again
  double chance = 0;    ///< of a call in that time, 0 to 1
  bool learned = false; ///< false: the plain delay, because the history says nothing (better)
  std::string_view why; ///< static text
};

struct forecast
{
  double rate = -1; ///< arrivals per second; -1: unknown
  double error =
      -1; ///< mean absolute error of late forecasts of this kind relative to the mean rate (WAPE); -1: none yet
};

/// The accounts of all models of a node (account.hpp); made by new_fleet, shared by its predictors.
class fleet;
std::shared_ptr<fleet> new_fleet();

class predictor
{
public:
  explicit predictor(predictor_settings settings);
  ~predictor();
  predictor(predictor&&) noexcept;
  predictor& operator=(predictor&&) noexcept;

  /// A request has arrived (not: was answered). Times never step back. `count` > 1: that many at once.
  void arrived(instant when, std::uint64_t count = 1);

  /// Asked while nothing is inside. `idle_since`: the last completion. Ask again when the answer's `until` has come.
  /// `costs.bytes[zygote]` is the shared zygote's whole size: which of the fleet keeps it anyway is known from the
  /// others' advice.
  /// An instance is kept for the first two seconds, then the cheapest rung that meets latency_target counts as warm.
  warmth advise(instant now, instant idle_since, decide::start_costs const& costs) const;

  /// Arrivals expected in the minute that begins `ahead` from now (0 to 24 h).
  forecast expect(instant now, duration ahead) const;

  pattern named() const;

  /// Everything learned, as a blob of at most a few KiB; and back. An unreadable blob: a fresh predictor.
  std::string save() const;
  static predictor restore(std::string_view blob, predictor_settings settings);
  void configure(predictor_settings settings);
  /// From now on judged with the others of the fleet: one price of a wait for all, so that the sums over all models are
  /// no worse than the plain delay's, and one zygote, which costs nothing more while another keeps it. Alone, each
  /// model keeps that by itself, at a smaller gain.
  void join(std::shared_ptr<fleet> all);

private:
  struct learned;
  std::unique_ptr<learned> learned_;
};

} // namespace pilotlight::predict
