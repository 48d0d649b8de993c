// Which instance takes a request: the model's balancer, told what becomes of its choices.
#include "proxy/pool/model.hpp"

#include "proxy/balance/hash_key.hpp"
#include "proxy/balance/make.hpp"
#include "proxy/decide/depth.hpp"

#include <boost/container/small_vector.hpp>
#include <spdlog/spdlog.h>

namespace pilotlight::pool {
namespace {

constexpr std::uint32_t max_depth = 64;

} // namespace

/// A new balancer has learned nothing; what is inside instances goes on.
void model::take_strategy()
{
  auto made = balance::make(limits_->load_balancing_strategy, {.zones = around_.zones.size(), .may_wait = true});
  if (made) {
    balancer_ = std::move(*made);
    return;
  }
  spdlog::error("model {}: {}", spec_.key, made.error().sentence); // the configuration is checked before
  balancer_ = balance::make("least_connections").value();
}

/// Distances were measured between the zones that there were.
void model::zones_changed()
{
  if (balancer_->name() == "geographic") take_strategy();
}

std::optional<std::size_t> model::choose(pending const& request, clock::time_point now)
{
  auto candidates = boost::container::small_vector<balance::candidate, 8>();
  auto const batch = spec_.description.state.empty() ? limits_->max_batch_size : 1;
  auto const depth = decide::batch_depth(decide::ring_depth(service_, max_depth), batch);
  for (auto const& each : instances_) {
    auto& one = candidates.emplace_back();
    one.ready = each->state == instance_state::ready && each->sequence.empty();
    one.in_flight = static_cast<std::uint32_t>(each->in_flight.size());
    one.depth = depth;
    one.number = each->number;
    one.health = each->health_share;
    one.zone = around_.zones.named(
        balance::configured_zone(limits_->instance_zones, each->number, around_.config.balancing.zone));
    one.cores = each->cores;
    one.cores_limit = each->threads;
    one.memory = each->bytes;
    one.memory_limit = each->fair_bytes;
    one.weight = balance::configured_weight(limits_->weights, each->number);
  }
  auto asked = balance::request();
  asked.bytes = request.held_bytes;
  asked.key = request.balance_key;
  asked.zone = request.zone;
  asked.chance = balance::mixed(++turn_);
  asked.now = now;
  asked.waiting = static_cast<std::uint32_t>(waiting_.size() - 1);
  return balancer_->pick(candidates, asked);
}

void model::tell_submitted(pending const& request)
{
  auto event = balance::event();
  event.number = request.on->number;
  event.request = request.id;
  event.bytes = request.held_bytes;
  event.zone = request.zone;
  event.when = request.times.submitted;
  balancer_->told(event);
}

void model::tell_completed(pending const& request, instance const& by, clock::time_point now, bool failed)
{
  auto event = balance::event();
  event.what = balance::event::kind::completed;
  event.number = by.number;
  event.request = request.id;
  event.bytes = request.held_bytes;
  event.zone = request.zone;
  event.when = now;
  event.latency = now - request.times.submitted;
  event.failed = failed;
  balancer_->told(event);
}

void model::tell_gone(instance const& which)
{
  auto event = balance::event();
  event.what = balance::event::kind::gone;
  event.number = which.number;
  event.when = clock::now();
  balancer_->told(event);
}

void model::reweigh(std::span<double const> weights)
{
  auto named = std::vector<balance::weight>();
  for (std::size_t i = 0; i < std::min(weights.size(), instances_.size()); ++i)
    named.push_back({instances_[i]->number, weights[i]});
  balancer_->reweigh(named);
}

} // namespace pilotlight::pool
