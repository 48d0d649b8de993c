// What the deciders are told of a model: the part of station that fills the facts.
#include "proxy/simulate/station.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::simulate {
namespace {

/// The latency the facts tell of is that of the last 10 to 20 seconds.
constexpr auto latency_window = std::chrono::seconds(10);

} // namespace

/// By Little's law, from what began in the last bin.
int station::dense_in_flight(int ready, instant now) const
{
  if (!bins_ || working_until_ <= now) return 0;
  auto const inside = bin_starts_ * in_seconds(costs_.service) / in_seconds(bin_width);
  return static_cast<int>(std::min<double>(ready, std::ceil(inside)));
}

void station::refresh(decide::model_facts& into, instant now) const
{
  auto const ready = ready_at(now);
  auto dense = dense_in_flight(ready, now);
  into.model = index_;
  into.at = at_;
  into.ready = ready;
  into.starting = serving_ - ready;
  into.draining = static_cast<int>(instances_.size()) - serving_;
  into.waiting = static_cast<std::uint32_t>(std::min(std::ceil(waiting_ - 1e-9), 4e9));
  into.in_flight = 0;
  into.idle = is_inside(now) ? duration(0) : now - std::min(now, idle_since_);
  into.oldest_wait = queue_.empty() ? duration(0) : std::max(duration(0), now - queue_.front().when);
  into.instances.resize(instances_.size());
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    auto const& from = instances_[i];
    auto& to = into.instances[i];
    to.number = from.number;
    to.ready = from.ready <= now && !from.draining;
    to.draining = from.draining;
    to.in_flight = (from.busy > duration(0) && from.free > now) || (to.ready && dense-- > 0) ? 1 : 0;
    to.bytes = costs_.start.bytes[3] - costs_.start.bytes[2];
    to.idle = to.in_flight > 0 || !to.ready ? duration(0) : now - std::min(now, std::max(from.free, from.ready));
    into.in_flight += to.in_flight;
  }
}

void station::report(decide::model_facts& into, instant now)
{
  refresh(into, now);
  wait_on(now);
  auto const passed = std::max(in_seconds(now - tick_), 1e-6);
  auto const dense_share = into.ready > 0 ? dense_busy_ / into.ready : 0;
  auto busy = dense_busy_;
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    auto& from = instances_[i];
    auto const left = std::clamp(from.free - now, duration(0), from.busy);
    auto const worked = in_seconds(from.busy - left);
    busy += worked;
    from.busy = left;
    into.instances[i].cores = std::min(1.0, (worked + (into.instances[i].ready ? dense_share : 0)) / passed);
  }
  into.concurrency = (waiting_seconds_ + busy) / passed;
  into.arrived = static_cast<std::uint64_t>(std::llround(arrived_));
  into.completed = static_cast<std::uint64_t>(std::llround(completed_));
  into.cores = std::min<double>(static_cast<double>(instances_.size()), busy / passed);
  into.costs = costs_.start;
  if (completed_ > 0) into.service = costs_.service;

  if (now - recent_since_ >= latency_window) {
    older_ = recent_;
    recent_.clear();
    recent_since_ = now;
  }
  into.p50 = into.p95 = into.p99 = duration(0);
  if (older_.count() + recent_.count() > 0) {
    auto const& larger = recent_.count() >= older_.count() / 4 ? recent_ : older_; // a young window knows little
    into.p50 = larger.quantile(0.50) + costs_.service;
    into.p95 = larger.quantile(0.95) + costs_.service;
    into.p99 = larger.quantile(0.99) + costs_.service;
  }
  waiting_seconds_ = dense_busy_ = arrived_ = completed_ = 0;
  tick_ = now;
}

} // namespace pilotlight::simulate
