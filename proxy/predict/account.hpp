// What would each way of resting have cost on the calls that really came? Shadow accounts, kept side by side, so that
// the choice is by measurement and never by belief. Pure, under 1 KiB.
#pragma once
#include "proxy/predict/aim.hpp"

#include <array>
#include <cstddef>

namespace pilotlight::predict {

/// Old gaps fade: a balance remembers about this many.
inline constexpr double remembered_gaps = 4'000;

/// Of one way of resting: calls that found the model cold, and seconds that it was kept warm for nothing but waiting.
struct balance
{
  float waits = 0;
  float warm = 0;

  void fade() { waits *= kept, warm *= kept; }
  void add(bool waited, double seconds)
  {
    if (waited) waits += 1;
    warm += static_cast<float>(seconds);
  }
  template <class Archive>
  void persist(Archive& archive)
  {
    archive.real(waits, 0, 1e6F);
    archive.real(warm, 0, 1e12F);
  }

private:
  static constexpr float kept = 1.0F - 1.0F / static_cast<float>(remembered_gaps);
};

/// Prices: so many seconds of warmth is one avoided wait worth. The hazard policy at price p is warm while
/// hazard x p > 1. A ladder of prices is accounted for in parallel.
inline constexpr std::size_t prices = 18;
double price_of(std::size_t index); ///< seconds, 20 s to about 2 h

/// Of the timer policy: half-width of the window round the expected call, in mean absolute errors of the timer.
inline constexpr std::array<double, 6> window_widths{1.25, 1.75, 2.5, 3.25, 4, 5};

enum class way : unsigned char
{
  plain,  ///< the delay
  hazard, ///< warm while a call is likely enough
  timer,  ///< warm round the expected call
};

struct choice
{
  way by = way::plain;
  double price = 0;      ///< of way::hazard
  std::size_t width = 0; ///< of way::timer, index into window_widths
};

struct accounts
{
  balance plain;
  std::array<balance, prices> hazard;
  balance timer_plain; ///< the plain delay since the timer was recognised, to compare like with like
  std::array<balance, window_widths.size()> timer;
  float gaps = 0;       ///< counted, fading
  float timer_gaps = 0; ///< the same since the timer was recognised

  void fade();
  void forget_timer();
  template <class Archive>
  void persist(Archive& archive)
  {
    plain.persist(archive);
    for (auto& one : hazard)
      one.persist(archive);
    timer_plain.persist(archive);
    for (auto& one : timer)
      one.persist(archive);
    archive.real(gaps, 0, 1e9F);
    archive.real(timer_gaps, 0, 1e9F);
  }
};

/// The way whose measured balance is best. `delay`: the plain one, seconds. The plain delay, where too little is known
/// or nothing beats it.
choice choose(accounts const& all, aim what, double delay);

} // namespace pilotlight::predict
