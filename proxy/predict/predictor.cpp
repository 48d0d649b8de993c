// Puts the parts together: every idle gap is first judged by what each way of resting would have done with it, and only
// then learned from.
#include "proxy/predict/predictor.hpp"
#include "proxy/predict/account.hpp"
#include "proxy/predict/blob.hpp"
#include "proxy/predict/hazard.hpp"
#include "proxy/predict/named.hpp"
#include "proxy/predict/season.hpp"
#include "proxy/predict/timer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pilotlight::predict {

namespace {

double seconds(duration length)
{
  return std::chrono::duration<double>(length).count();
}
double seconds(instant when)
{
  return std::max(0.0, seconds(when.time_since_epoch()));
}
instant at(double when)
{
  return instant{duration{static_cast<std::int64_t>(std::ceil(std::clamp(when, 0.0, 1e11) * 1e6))}};
}
std::int64_t minute_of(double when)
{
  return static_cast<std::int64_t>(when / 60);
}

constexpr double ordinary = 210.0 * (1 << 20); ///< bytes: prices are seconds of keeping so much warm

/// Bytes while it rests there, the zygote with it.
double held(decide::start_costs const& costs, rung where)
{
  auto const of = [&costs](rung which) { return static_cast<double>(costs.bytes[static_cast<std::size_t>(which)]); };
  return (where > rung::zygote ? of(where) : 0) + (where >= rung::zygote ? of(rung::zygote) : 0);
}

balance balance_of(bool waited, double warm)
{
  return {waited ? 1.0F : 0.0F, static_cast<float>(warm)};
}

constexpr double neighbours = 2; ///< seconds in which the calls of one caller follow each other
constexpr double far = 86'400;   ///< when nothing is expected, the question is asked again after so long

} // namespace

struct predictor::learned
{
  predictor_settings settings;
  bool interrupted = false; ///< restored: how long nobody watched is not known
  rates recent;
  accounts balances;
  timer clock;
  choice chosen;
  gap_sums gaps;
  std::shared_ptr<fleet> together; ///< none: judged alone
  bool same_bounds = true;         ///< as those that were saved
  double scale = 1;                ///< of its memory against `ordinary`
  std::unique_ptr<hazard> chances; ///< from the first idle gap on
  std::unique_ptr<season> minutes; ///< from the second call on

  double delay() const { return std::max(0.0, seconds(settings.delay)); }
  double shortest() const { return std::max(0.0, seconds(settings.keep_alive_min)); }
  double longest() const { return std::max(shortest(), seconds(settings.keep_alive_max)); }

  void settle(double gap);
  std::pair<std::array<balance, prices>, balance> settle_hazard(double gap);
  void resume(double when);
  void choose_again();
  void settle_timer(double gap);
  warmth plain(double now, double idle_since, rung warm) const;
  warmth by_hazard(double now, double idle_since, rung warm) const;
  warmth by_timer(double now, rung warm) const;
  warmth rest(double now, double idle, decide::start_costs const& costs);
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

/// A gap is over: what would each way of resting have made of it?
void predictor::learned::settle(double gap)
{
  gaps.rested(gap);
  balances.fade();
  balances.gaps += 1;
  auto const plain = balance_of(gap > delay(), std::min(gap, delay()));
  balances.plain += plain;
  settle_timer(gap);
  auto const [hazard, lived] = settle_hazard(gap);
  for (std::size_t i = 0; i < prices; ++i)
    balances.hazard[i] += hazard[i];
  if (together && chosen.by != way::timer) {
    auto weighed = hazard;
    for (auto& one : weighed)
      one.warm *= static_cast<float>(scale);
    auto weighed_plain = plain;
    weighed_plain.warm *= static_cast<float>(scale);
    together->add(weighed_plain, weighed, chosen.by == way::hazard ? lived : plain);
  }
  choose_again();
}

void predictor::learned::choose_again()
{
  auto const length = delay();
  auto other = choice{};
  if (!together || !together->known()) {
    other = choose_hazard(balances, settings.goal, length);
  } else if (balances.gaps >= 30) {
    auto const price = together->price(settings.goal, length);
    if (price > 0) other = {way::hazard, price, 0};
  }
  auto const clockwork = by_clock() ? choose_timer(balances, settings.goal, length) : choice{};
  chosen =
      clockwork.by == way::timer && timer_wins(balances, clockwork, other, settings.goal, length) ? clockwork : other;
  // On the ladder, prices are of ordinary models.
  chosen.price /= scale;
}

/// What the hazard policy would have made of the gap at every price, and at the one it has; then learns from it.
std::pair<std::array<balance, prices>, balance> predictor::learned::settle_hazard(double gap)
{
  if (!chances) chances = std::make_unique<hazard>();
  // warm_from[i]: seconds in steps whose hazard is worth it from price i on.
  std::array<double, prices + 1> warm_from{};
  auto found = prices; // the price from which on the call found it warm
  auto found_now = gap <= shortest();
  for (std::size_t step = 1; step < idle_steps && idle_time.begin(step) < gap; ++step) {
    auto const begin = idle_time.begin(step);
    auto const end = std::min(idle_time.end(step), gap);
    auto const called = gap < idle_time.end(step);
    auto const seen = chances->of(step, recent);
    auto const expected = seen.rate;
    auto const from = first_worth(expected / scale);
    if (begin < longest()) warm_from[from] += std::max(0.0, std::min(end, longest()) - std::max(begin, shortest()));
    if (called && gap < longest()) {
      found = from;
      found_now = found_now || expected * chosen.price > 1;
    }
    chances->learn(step, end - begin, called, seen);
  }
  std::array<balance, prices> all;
  auto warm = std::min(gap, shortest());
  for (std::size_t i = 0; i < prices; ++i) {
    warm += warm_from[i];
    all[i] = balance_of(gap > shortest() && i < found, warm);
  }
  return {all, balance_of(!found_now, 0)};
}

void predictor::learned::settle_timer(double gap)
{
  auto const last = recent.last_call();
  auto const when = last + gap;
  if (clock.recognised()) {
    balances.timer_gaps += 1;
    balances.timer_plain.add(gap > delay(), std::min(gap, delay()));
    for (std::size_t width = 0; width < window_widths.size(); ++width) {
      double warm = std::min(gap, shortest());
      auto now = last + shortest();
      bool found = gap <= shortest();
      while (now < when) {
        auto const open = clock.next(now, width, delay());
        if (open.begin >= when) break;
        warm += std::max(0.0, std::min(open.end, when) - std::max(open.begin, now));
        if (open.begin < open.end && open.end >= when) found = true;
        now = std::max(open.end, now + 1);
      }
      balances.timer[width].add(!found, warm);
    }
  }
  clock.called(when);
  if (!clock.recognised()) balances.forget_timer();
}

/// The first call since it was restored: how long nobody watched, and what came in that time, is not known.
void predictor::learned::resume(double when)
{
  interrupted = false;
  recent.resume(when);
  clock.resumed(when);
  if (minutes) minutes->interrupted();
}

/// Nearly all calls come in windows that are open a small part of the time.
bool predictor::learned::by_clock() const
{
  if (!clock.recognised() || balances.timer_gaps < 3 || clock.error() * 10 > clock.period()) return false;
  return std::any_of(balances.timer.begin(), balances.timer.end(),
                     [this](balance const& one) { return one.waits < 0.4F * balances.timer_gaps; });
}

warmth predictor::learned::plain(double now, double idle_since, rung warm) const
{
  auto const end = idle_since + delay();
  if (now < end) return {warm, at(end), 0, false, "the plain delay: nothing learned beats it"};
  return {rung::zero, at(now + far), 0, false, "the plain delay is over"};
}

warmth predictor::learned::by_hazard(double now, double idle_since, rung warm) const
{
  auto const last = recent.last_call();
  auto const limit = idle_since + longest();
  auto step = std::max<std::size_t>(idle_time.step_of(now - last), 1);
  auto const worth = [&](std::size_t which) {
    return which < idle_steps && last + idle_time.begin(which) < limit &&
           chances->of(which, recent).rate * chosen.price > 1;
  };
  auto const open = now < limit && worth(step);
  double expected = 0;
  auto from = now;
  for (; step < idle_steps && worth(step) == open; ++step) {
    auto const end = last + idle_time.end(step);
    expected += chances->of(step, recent).rate * (end - from);
    from = end;
  }
  auto const chance = 1 - std::exp(-expected);
  if (open) return {warm, at(std::min(from, limit)), chance, true, "a call is likely enough to stay warm for it"};
  if (step < idle_steps) return {rung::zero, at(from), chance, true, "a call becomes likely later"};
  return {rung::zero, at(now + far), chance, true, "a call is too unlikely for what warmth costs"};
}

warmth predictor::learned::by_timer(double now, rung warm) const
{
  auto const open = clock.next(now, chosen.width, delay());
  if (open.begin <= now && now < open.end)
    return {warm, at(open.end), open.chance, true, "a call is expected by the clock now"};
  return {rung::zero, at(std::max(open.begin, now + 1)), open.chance, true, "the next call by the clock is later"};
}

warmth predictor::learned::rest(double now, double idle, decide::start_costs const& costs)
{
  auto const idle_since = std::min(now, std::max(idle, recent.last_call()));
  auto const warm = decide::cheapest_within(costs, settings.latency_target);
  scale = std::clamp(held(costs, warm) / ordinary, 1.0 / 64, 64.0);
  if (warm == rung::zero) return {rung::zero, at(now + far), 0, false, "a start from nothing is fast enough"};
  // A call seldom comes alone: an instance waits a moment for its neighbours, whatever comes after.
  auto const moment = std::min(neighbours, shortest());
  if (now < idle_since + moment)
    return {rung::instance, at(idle_since + moment), 0, chosen.by != way::plain, "a call has just been"};
  if (now < idle_since + shortest())
    return {warm, at(idle_since + shortest()), 0, chosen.by != way::plain, "a call has just been (keep_alive_min)"};
  // Restored, and the clock was set back meanwhile: what was learned does not fit.
  if (recent.last_call() > now) return plain(now, idle, warm);
  switch (chosen.by) {
  case way::hazard: return by_hazard(now, idle_since, warm);
  case way::timer: return by_timer(now, warm);
  case way::plain: break;
  }
  return plain(now, idle_since, warm);
}

predictor::predictor(predictor_settings settings) : learned_(std::make_unique<learned>())
{
  learned_->settings = settings;
}
predictor::~predictor() = default;
predictor::predictor(predictor&&) noexcept = default;
predictor& predictor::operator=(predictor&&) noexcept = default;

void predictor::configure(predictor_settings settings)
{
  auto const before = learned_->settings;
  learned_->settings = settings;
  // Accounts of another delay or other bounds say nothing about these.
  if (before.delay != settings.delay || before.keep_alive_min != settings.keep_alive_min ||
      before.keep_alive_max != settings.keep_alive_max) {
    learned_->balances = {};
    learned_->chosen = {};
  } else {
    learned_->choose_again();
  }
}

std::shared_ptr<fleet> new_fleet()
{
  return std::make_shared<fleet>();
}

void predictor::join(std::shared_ptr<fleet> all)
{
  learned_->together = std::move(all);
  learned_->choose_again();
}

void predictor::arrived(instant when, std::uint64_t count)
{
  if (count == 0) return;
  auto& all = *learned_;
  auto const calls = static_cast<double>(count);
  if (all.interrupted) all.resume(seconds(when));
  auto const now = std::max(seconds(when), all.recent.last_call());
  if (!all.recent.none()) {
    if (!all.minutes) all.minutes = std::make_unique<season>();
    auto const gap = now - all.recent.last_call();
    all.gaps.passed(gap);
    if (gap >= shortest_idle) all.settle(gap);
  }
  if (all.minutes) all.minutes->arrived(minute_of(now), calls);
  all.recent.arrived(now, calls);
  all.gaps.called(calls);
}

warmth predictor::advise(instant when, instant idle, decide::start_costs const& costs) const
{
  auto rest = learned_->rest(seconds(when), seconds(idle), costs);
  // However the seconds were rounded, time goes on.
  rest.until = std::max(rest.until, when + std::chrono::milliseconds(100));
  return rest;
}

forecast predictor::expect(instant now, duration ahead) const
{
  // The pointee is rolled forward over minutes that have ended: that changes what is known, not what was learned.
  auto const& minutes = learned_->minutes;
  if (!minutes) return {};
  minutes->roll(minute_of(seconds(now)));
  auto const seen = minutes->expect(seconds(ahead) / 60);
  return {seen.per_minute < 0 ? -1 : seen.per_minute / 60, seen.error};
}

pattern predictor::named() const
{
  return name_of(learned_->gaps, learned_->by_clock(), learned_->minutes ? &learned_->minutes->past() : nullptr);
}

std::string predictor::save() const
{
  blob_writer writer;
  learned_->persist(writer);
  return seal(writer.take());
}

predictor predictor::restore(std::string_view blob, predictor_settings settings)
{
  predictor fresh(settings);
  auto const body = unseal(blob);
  if (!body) return fresh;
  predictor back(settings);
  blob_reader reader(*body);
  back.learned_->persist(reader);
  if (!reader.all_read()) return fresh;
  back.learned_->interrupted = true;
  if (!back.learned_->same_bounds) back.learned_->balances = {};
  back.learned_->choose_again();
  return back;
}

} // namespace pilotlight::predict
