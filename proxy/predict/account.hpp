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

  void fade(float kept) { waits *= kept, warm *= kept; }
  void add(bool waited, double seconds)
  {
    if (waited) waits += 1;
    warm += static_cast<float>(seconds);
  }
  balance& operator+=(balance const& other)
  {
    waits += other.waits;
    warm += other.warm;
    return *this;
  }
  template <class Archive>
  void persist(Archive& archive)
  {
    archive.real(waits, 0, 1e6F);
    archive.real(warm, 0, 1e12F);
  }
};

/// Prices: so many seconds of warmth is one avoided wait worth. The hazard policy at price p is warm while
/// hazard x p > 1. A ladder of prices is accounted for in parallel.
inline constexpr std::size_t prices = 52;
double price_of(std::size_t index); ///< seconds, from 20 s to almost 2 h, each an eighth dearer than the one before
/// The first price from which on warmth is worth it at so many calls per second; `prices`: none.
std::size_t first_worth(double calls_per_second);

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
  balance lived; ///< what was really done, where the timer did not decide: the plain delay and the hazard at its price
  float ventured = 0; ///< waits of the plain delay in gaps where the hazard decided
  std::array<balance, prices> hazard;
  balance timer_plain; ///< the plain delay since the timer was recognised, to compare like with like
  std::array<balance, window_widths.size()> timer;
  float gaps = 0;       ///< counted, fading
  float timer_gaps = 0; ///< the same since the timer was recognised

  void fade(double remembered = remembered_gaps);
  void forget_timer();
  template <class Archive>
  void persist(Archive& archive)
  {
    plain.persist(archive);
    lived.persist(archive);
    archive.real(ventured, 0, 1e6F);
    for (auto& one : hazard)
      one.persist(archive);
    timer_plain.persist(archive);
    for (auto& one : timer)
      one.persist(archive);
    archive.real(gaps, 0, 1e9F);
    archive.real(timer_gaps, 0, 1e9F);
  }
};

/// Are these enough to choose a price by?
bool enough_gaps(accounts const& all);
/// The price whose measured balance is best; the plain delay, where too little is known or nothing beats it. What was
/// lived beyond the plain delay's warmth is made good by what is chosen next. `delay`: the plain one, seconds.
choice choose_hazard(accounts const& all, aim what, double delay);
/// Has more waited than would have with the plain delay? Then no gap should be warm for less than that, until it is
/// made good; not while warmth is owed as well.
bool owes_waits(accounts const& all, aim what);
/// The window whose balance is best; plain likewise.
choice choose_timer(accounts const& all, aim what, double delay);
/// Does the timer's choice cost less than the other one, each by its own account?
bool timer_wins(accounts const& all, choice const& clock, choice const& other, aim what, double delay);

} // namespace pilotlight::predict
