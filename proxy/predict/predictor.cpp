#include "proxy/predict/predictor.hpp"
#include "proxy/predict/learned.hpp"
#include "proxy/predict/named.hpp"

namespace pilotlight::predict {

namespace {

std::int64_t minute_of(double when)
{
  return static_cast<std::int64_t>(when / 60);
}

} // namespace

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
  learned_->together = membership(std::move(all));
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
  all.advised_at = -1;
  all.warm_so_far = 0;
  all.together.keeps(now, now + std::max(all.delay(), all.shortest())); // until the next advice
  all.gaps.called(calls);
}

warmth predictor::advise(instant now, instant idle_since, decide::start_costs const& costs) const
{
  auto rest = learned_->rest(seconds(now), seconds(idle_since), costs);
  // However the seconds were rounded, time goes on.
  rest.until = std::max(rest.until, now + std::chrono::milliseconds(100));
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
  if (back.learned_->minutes) back.learned_->minutes->interrupted();
  if (!back.learned_->same_bounds) back.learned_->balances = {};
  back.learned_->choose_again();
  return back;
}

} // namespace pilotlight::predict
