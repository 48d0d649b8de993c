// How a model rests, by what was learned and the way that was chosen.
#include "proxy/predict/learned.hpp"

namespace pilotlight::predict {

namespace {

instant at(double when)
{
  return instant{duration{static_cast<std::int64_t>(std::ceil(std::clamp(when, 0.0, 1e11) * 1e6))}};
}

constexpr double ordinary = 210.0 * (1 << 20); ///< bytes: prices are seconds of keeping so much warm

/// Bytes while it rests there, the zygote with it.
double held(decide::start_costs const& costs, rung where)
{
  auto const of = [&costs](rung which) { return static_cast<double>(costs.bytes[static_cast<std::size_t>(which)]); };
  return (where > rung::zygote ? of(where) : 0) + (where >= rung::zygote ? of(rung::zygote) : 0);
}

constexpr double neighbours = 2; ///< seconds in which the calls of one caller follow each other
constexpr double recheck = 30;   ///< seconds: whether others still keep the zygote is asked again
constexpr double far = 86'400;   ///< when nothing is expected, the question is asked again after so long

} // namespace

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
}

/// The first call since it was restored: how long nobody watched, and what came in that time, is not known.
void predictor::learned::resume(double when)
{
  interrupted = false;
  recent.resume(when);
  clock.resumed(when);
  choose_again(); // the clock may have forgotten its period
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

bool predictor::learned::owes() const
{
  return together && together->known() ? together->owes(settings.goal) : owes_waits(balances, settings.goal);
}

/// As the price says; while more waited than would have with the plain delay, no gap is warm for less than that.
warmth predictor::learned::by_hazard(double now, double idle_since, rung warm) const
{
  auto const rest = by_price(now, idle_since, warm);
  auto const end = idle_since + delay();
  if (rest.at >= warm || now >= end || !owes()) return rest;
  return {warm, at(end), rest.chance, true,
          "more waited than with the plain delay: it is kept until that is made good"};
}

warmth predictor::learned::by_price(double now, double idle_since, rung warm) const
{
  auto const last = recent.last_call();
  auto const limit = idle_since + longest();
  auto step = std::max<std::size_t>(idle_time.step_of(now - last), 1);
  auto const worth = [&](std::size_t which, double cost) {
    return which < idle_steps && last + idle_time.begin(which) < limit &&
           chances->of(which, recent).rate * chosen.price > cost;
  };
  // While others keep the zygote, staying warm costs less. They are not started for: that would be to and fro.
  auto const stays = advised_at < 0 || advised.at >= warm;
  if (now < limit && stays && !worth(step, scale) && together.others_keep(now) && worth(step, scale * (1 - shared))) {
    auto const end = std::min({last + idle_time.end(step), limit, now + recheck});
    auto const chance = 1 - std::exp(-chances->of(step, recent).rate * (end - now));
    return {warm, at(end), chance, true, "a call is likely enough to stay warm beside others for it"};
  }
  auto const open = now < limit && worth(step, scale);
  double expected = 0;
  auto from = now;
  for (; step < idle_steps && worth(step, scale) == open; ++step) {
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
  // Restored, and the clock was set back meanwhile: what was learned does not fit.
  auto const set_back = recent.last_call() > now;
  auto const idle_since = std::min(now, set_back ? idle : std::max(idle, recent.last_call()));
  auto const warm = decide::cheapest_within(costs, settings.latency_target);
  auto const bytes = held(costs, warm);
  scale = std::clamp(bytes / ordinary, 1.0 / 64, 64.0);
  shared =
      bytes > 0 ? std::min(1.0, static_cast<double>(costs.bytes[static_cast<std::size_t>(rung::zygote)]) / bytes) : 0;
  warm_enough = warm;
  auto const advice = choose_rest(now, idle_since, set_back, warm);
  note(advice, now);
  together.keeps(now, advice.at >= rung::zygote ? seconds(advice.until) : now);
  return advice;
}

warmth predictor::learned::choose_rest(double now, double idle_since, bool set_back, rung warm)
{
  if (warm == rung::zero) return {rung::zero, at(now + far), 0, false, "a start from nothing is fast enough"};
  // A call seldom comes alone: an instance waits a moment for its neighbours, whatever comes after.
  // keep_alive_min binds what is learned, not the plain delay.
  auto const least = chosen.by == way::plain || set_back ? std::min(shortest(), delay()) : shortest();
  auto const moment = std::min(neighbours, least);
  if (now < idle_since + moment)
    return {rung::instance, at(idle_since + moment), 0, chosen.by != way::plain, "a call has just been"};
  if (now < idle_since + least)
    return {warm, at(idle_since + least), 0, chosen.by != way::plain, "a call has just been (keep_alive_min)"};
  if (set_back) return plain(now, idle_since, warm);
  switch (chosen.by) {
  case way::hazard: return by_hazard(now, idle_since, warm);
  case way::timer: return by_timer(now, warm);
  case way::plain: break;
  }
  return plain(now, idle_since, warm);
}

} // namespace pilotlight::predict
