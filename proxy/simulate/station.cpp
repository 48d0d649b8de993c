#include "proxy/simulate/station.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::simulate {
namespace {

using decide::rung;

constexpr auto flap_window = std::chrono::seconds(60);

} // namespace

station::station(decide::model_index index, costs const& of, shared_zygote& zygote, instant begin)
    : index_(index), costs_(of), zygote_(zygote), service_(in_seconds(of.service)),
      per_bin_(in_seconds(bin_width) / service_), warm_(begin), since_(begin), started_until_(begin),
      working_until_(begin), idle_since_(begin), tick_(begin), waited_(begin), recent_since_(begin)
{
}

void station::run(std::span<batch const> arrived, instant to)
{
  for (std::size_t i = 0;;) {
    auto const more = i < arrived.size();
    if (!bins_) {
      if (!more) break;
      auto const& one = arrived[i];
      pump(one.when);
      if (one.dense) {
        begin_bins(one.when);
        continue;
      }
      enqueue(one.when, one.count);
      pump(one.when);
      ++i;
      continue;
    }
    if (more && !arrived[i].dense) {
      end_bins(std::max(bin_, arrived[i].when));
      continue;
    }
    if (waiting_ <= 0) {
      if (!more) break;
      if (arrived[i].when > bin_) credit_ = 1e18; // all stand idle; serve_bin cuts it to what is possible
      bin_ = std::max(bin_, arrived[i].when);
    }
    if (bin_ >= to) break;
    if (more && arrived[i].when <= bin_) enqueue(bin_, arrived[i++].count);
    serve_bin();
  }
  if (!bins_) pump(to);
  if (serving_ != static_cast<int>(instances_.size())) remove_drained(to);
}

/// Starts what can be started until then, one by one.
void station::pump(instant until)
{
  while (!queue_.empty()) {
    instance* first = nullptr;
    auto at = instant::max();
    for (auto& one : instances_)
      if (auto const able = std::max(one.ready, one.free); !one.draining && able < at) {
        first = &one;
        at = able;
      }
    auto& head = queue_.front();
    at = std::max(at, head.when);
    if (!first || at > until) return;
    wait_on(at);
    record(at - head.when, 1);
    first->free = at + costs_.service;
    first->busy += costs_.service;
    working_until_ = std::max(working_until_, first->free);
    idle_since_ = working_until_;
    head.count -= 1;
    waiting_ -= 1;
    if (head.count < 0.5) queue_.pop_front();
  }
}

void station::begin_bins(instant when)
{
  bins_ = true;
  bin_ = when;
  credit_ = 0;
  for (auto const& one : instances_)
    if (!one.draining && one.ready <= when && one.free <= when) credit_ += 1;
}

void station::end_bins(instant when)
{
  bins_ = false;
  bin_starts_ = 0;
  // The instances are taken to be free; fractions of requests are rounded.
  auto whole = 0.0;
  for (auto& one : queue_) {
    one.count = std::ceil(one.count - 1e-9);
    whole += one.count;
  }
  wait_on(when);
  waiting_ = whole;
}

void station::serve_bin()
{
  constexpr auto width = in_seconds(bin_width);
  auto const able = static_cast<double>(ready_at(bin_));
  credit_ = std::min(able * std::max(1.0, per_bin_), credit_ + able * per_bin_);
  auto started = 0.0;
  while (!queue_.empty() && credit_ > 1e-9) {
    auto& head = queue_.front();
    auto const part = std::min(head.count, credit_);
    record(bin_ - head.when, part);
    head.count -= part;
    credit_ -= part;
    started += part;
    if (head.count < 1e-9) queue_.pop_front();
  }
  waiting_ = queue_.empty() ? 0 : std::max(0.0, waiting_ - started);
  waiting_seconds_ += waiting_ * width;
  dense_busy_ += started * service_;
  bin_starts_ = started;
  bin_ += bin_width;
  waited_ = bin_;
  if (started > 0) {
    working_until_ = std::max(working_until_, bin_ + costs_.service - bin_width);
    idle_since_ = working_until_;
  }
}

void station::enqueue(instant when, double count)
{
  if (serving_ == 0 && refuses_starts_ && at_ < rung::model_zygote) {
    tally_.refused += count;
    return;
  }
  if (serving_ == 0) start(when, true);
  wait_on(when);
  if (!queue_.empty() && queue_.back().when == when)
    queue_.back().count += count;
  else
    queue_.push_back({when, count});
  waiting_ += count;
  arrived_ += count;
}

/// Counts the waiting up to a moment at which it changes.
void station::wait_on(instant when)
{
  if (when <= waited_) return;
  waiting_seconds_ += waiting_ * in_seconds(when - waited_);
  waited_ = when;
}

void station::record(duration wait, double count)
{
  tally_.waits.add(wait, count);
  recent_.add(wait, count);
  tally_.used_seconds += service_ * count;
  completed_ += count;
}

/// The first instance, from wherever the model rests.
void station::start(instant now, bool for_a_request)
{
  auto from = at_;
  auto begin = std::max(now, warm_);
  if (from == rung::zero && zygote_.runs()) {
    from = rung::zygote;
    begin = std::max(now, zygote_.ready());
  }
  if (for_a_request)
    ++tally_.starts[static_cast<std::size_t>(from)];
  else
    ++tally_.ahead;
  become(rung::instance, now);
  add_instance(now, begin + costs_.start.to_answer[static_cast<std::size_t>(from)]);
  direction_ = 0;
}

void station::add_instance(instant born, instant ready)
{
  instances_.push_back({++numbered_, born, ready, ready, false, duration(0)});
  ++serving_;
  started_until_ = std::max(started_until_, ready);
  tally_.most_instances = std::max(tally_.most_instances, serving_);
}

void station::remove_drained(instant now)
{
  std::erase_if(instances_, [&](instance const& one) {
    if (!one.draining || one.free > now) return false;
    tally_.worker_seconds += in_seconds(one.free - one.born);
    tally_.mebibyte_seconds += in_seconds(one.free - one.born) * costs_.instance_mebibytes();
    return true;
  });
}

/// The memory of the rung left behind is counted; the shared zygote is held while the model has any process.
void station::become(rung to, instant now)
{
  if (at_ >= rung::model_zygote)
    tally_.mebibyte_seconds += in_seconds(std::max(now, since_) - since_) * costs_.mebibytes(rung::model_zygote);
  since_ = std::max(now, since_);
  if (at_ == rung::zero && to != rung::zero) zygote_.hold(now);
  if (at_ != rung::zero && to == rung::zero) zygote_.release(now);
  at_ = to;
}

void station::note_change(int direction, instant now)
{
  ++(direction > 0 ? tally_.ups : tally_.downs);
  if (direction_ == -direction && now - changed_ <= flap_window) ++tally_.flaps;
  direction_ = direction;
  changed_ = now;
}

void station::scale(int wanted, instant now)
{
  wanted = std::max(wanted, 1);
  if (serving_ == 0) start(now, false);
  auto const from_first = instances_.front().ready;
  if (wanted > serving_ && from_first <= now) note_change(+1, now);
  while (serving_ < wanted) // forks of the model zygote, which is there when the first instance is
    add_instance(now, std::max(now + costs_.start.to_answer[2], from_first));
  if (wanted == serving_) return;
  note_change(-1, now);
  while (serving_ > wanted) { // the one that is free first
    instance* leaving = nullptr;
    for (auto& one : instances_)
      if (!one.draining && (!leaving || one.free <= leaving->free)) leaving = &one;
    leaving->draining = true;
    leaving->free = std::max(leaving->free, now);
    --serving_;
  }
  remove_drained(now);
}

void station::rest(rung to, instant now)
{
  if (is_inside(now) || to == at_) return;
  if (to == rung::instance) return start(now, false);
  auto const from = static_cast<std::size_t>(at_ == rung::zero && zygote_.runs() ? rung::zygote : at_);
  auto const goal = static_cast<std::size_t>(to);
  if (to > at_) {
    if (to > rung::zygote || !zygote_.runs()) ++tally_.ahead;
    auto const begin = at_ == rung::zero && zygote_.runs() ? std::max(now, zygote_.ready()) : std::max(now, warm_);
    warm_ = begin + std::max(duration(0), costs_.start.to_answer[from] - costs_.start.to_answer[goal]);
  } else {
    for (auto& one : instances_) {
      one.draining = true;
      one.free = std::min(std::max(one.born, now), std::max(one.free, now)); // a start under way is given up
    }
    serving_ = 0;
    remove_drained(now);
    started_until_ = std::min(started_until_, now);
    warm_ = now;
  }
  become(to, now);
}

void station::finish(instant now)
{
  for (auto& one : instances_) {
    one.draining = true;
    one.free = std::max(one.born, now);
  }
  serving_ = 0;
  remove_drained(instant::max());
  become(rung::zero, now);
  if (waiting_ > 0)
    for (auto const& one : queue_) // they never began: they waited at least so long
      tally_.waits.add(now - one.when, one.count);
}

double station::mebibytes() const
{
  return (at_ >= rung::model_zygote ? costs_.mebibytes(rung::model_zygote) : 0) +
         static_cast<double>(instances_.size()) * costs_.instance_mebibytes();
}

int station::ready_at(instant now) const
{
  if (started_until_ <= now) return serving_;
  return static_cast<int>(std::count_if(instances_.begin(), instances_.end(),
                                        [&](instance const& one) { return !one.draining && one.ready <= now; }));
}

} // namespace pilotlight::simulate
