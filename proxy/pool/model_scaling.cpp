// How many instances: made up to the number wanted, drained, stopped, and asked for by hand.
#include "proxy/pool/model.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>

namespace pilotlight::pool {

using decide::model_state;

/// Those that stay: one that is replaced only serves on until its successor is ready.
int model::alive() const
{
  return static_cast<int>(std::count_if(instances_.begin(), instances_.end(), [](auto const& each) {
    return !each->replaced && (each->state == instance_state::starting || each->state == instance_state::ready);
  }));
}

void model::replenish()
{
  if (stopping_ || !begun_ || sequenced()) return;
  auto alive = this->alive();
  // One that still drains serves on; one that is ending counts until it is reaped, which brings us here again.
  for (auto const& each : instances_)
    if (alive < wanted_ && each->state == instance_state::draining && !each->replaced) {
      each->state = decide::next(each->state, decide::instance_event::recall);
      ++alive;
    }
  // Beside one that serves, those that die on every start are forked again by the breaker's delays, not in a loop.
  if (!instances_.empty() && alive < wanted_ && decide::refuses(breaker_, clock::now())) {
    retry_timer_.expires_at(breaker_.next_try);
    return retry_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) replenish();
    });
  }
  for (; alive < wanted_; ++alive)
    if (static_cast<int>(instances_.size()) >= limits_->max_instances || !add_instance({})) return;
}

void model::drain_instance(instance& which)
{
  which.state = decide::next(which.state, decide::instance_event::drain);
  if (!which.in_flight.empty()) return;
  which.state = decide::next(which.state, decide::instance_event::kill);
  which.death.ordered = true;
  which.process.kill();
}

void model::stop_all()
{
  stopping_ = true;
  for (auto const& each : instances_)
    drain_instance(*each);
  zygote_.kill();
  if (unpacking_ != 0) ::kill(unpacking_, SIGKILL); // not reaped yet, so the pid is nobody else's
  if (!zygote_ && instances_.empty() && unpacking_ == 0) boost::asio::post(around_.io, [this] { after_exit(); });
}

result<void> model::scale(int instances)
{
  if (disabled_) return failure{fault::unavailable, reason_};
  if (instances < 0 || instances > limits_->max_instances)
    return failure{fault::bad_request, "instances must be 0 to " + std::to_string(limits_->max_instances) +
                                           " (autoscaling.model_loader.max_instances_per_model)"};
  if (sequenced() && instances > 0)
    return failure{fault::bad_request,
                   "model '" + spec_.name + "' forks an instance for each sequence by itself: only 0 can be asked for"};
  if (instances > 0 && state_ == model_state::failed)
    return failure{fault::unavailable, "model '" + spec_.name + "' cannot be started: " + reason_};
  tell_scaled(instances, "by hand");
  if (instances == 0) {
    to_zero("by hand");
  } else {
    asked_ahead_ = clock::now();
    staff(instances);
  }
  return {};
}

void model::staff(int instances)
{
  if (sequenced() || disabled_ || state_ == model_state::failed) return; // the breaker says when it is tried again
  auto const before = begun_ ? alive() : 0;
  wanted_ = std::clamp(instances, 1, limits_->max_instances);
  if (!next_spec_) zero_when_idle_ = false;
  resting_ = decide::rung::zero;
  start_ahead();
  replenish();
  drain_surplus();
  if (wanted_ != before) meter().scaled(around_.wall.now());
}

/// Those that have least to do go first; among equals the youngest.
void model::drain_surplus()
{
  auto alive = std::vector<instance*>();
  for (auto const& each : instances_)
    if (!each->replaced && (each->state == instance_state::ready || each->state == instance_state::starting))
      alive.push_back(each.get());
  std::stable_sort(alive.begin(), alive.end(), [](auto const* one, auto const* other) {
    return one->in_flight.size() != other->in_flight.size() ? one->in_flight.size() > other->in_flight.size()
                                                            : one->created < other->created;
  });
  for (auto i = static_cast<std::size_t>(wanted_); i < alive.size(); ++i)
    drain_instance(*alive[i]);
}

void model::rest_at(decide::rung to)
{
  using decide::rung;
  if (to == rung::instance) return staff(std::max(1, wanted_));
  if (!idle() || starting_ || disabled_ || state_ == model_state::failed) return; // called, or not to be
  if (to == rung::model_zygote) {
    if (at() != to) meter().scaled(around_.wall.now());
    begun_ ? cool_to_zygote() : (wanted_ = 0, start_ahead());
  } else if (state_ == model_state::monitoring || state_ == model_state::idle_detection) {
    meter().scaled(around_.wall.now());
    apply(decide::model_event::idle_over);
  } else {
    to_zero("by decision");
  }
  resting_ = to;
}

/// Its instances end, its weights stay: the next one costs a fork.
void model::cool_to_zygote()
{
  if (!zygote_loaded_ || stopping_ || sequenced()) return;
  wanted_ = 0;
  drain_surplus();
  drain_replaced();
}

void model::replace(int number)
{
  for (auto const& each : instances_)
    if (each->number == number && each->state != instance_state::stopping) each->replaced = true;
  make_successors();
}

void model::make_successors()
{
  replenish();
  drain_replaced();
}

/// Each goes when its successor serves. Where there is no room for one before, one goes first, and the next when the
/// successor of that one serves: they never go all at once.
void model::drain_replaced()
{
  auto old = std::vector<instance*>();
  auto ready = 0, starting = 0;
  for (auto const& each : instances_) {
    auto const is_ready = each->state == instance_state::ready;
    if (!is_ready && each->state != instance_state::starting) continue;
    if (each->replaced)
      old.push_back(each.get());
    else
      ++(is_ready ? ready : starting);
  }
  auto keep = sequenced() ? 0 : std::max(0, wanted_ - ready);
  auto const makes_room = starting == 0 && ready < wanted_;
  if (makes_room) keep = std::min(keep, static_cast<int>(old.size()) - 1);
  for (auto i = std::max(0, keep); i < static_cast<int>(old.size()); ++i)
    drain_instance(*old[static_cast<std::size_t>(i)]);
}

void model::share(int number, float share)
{
  for (auto const& each : instances_)
    if (each->number == number) each->health_share = share;
}

void model::refresh(int number)
{
  for (auto const& each : instances_)
    if (each->number == number && each->state == instance_state::ready) (void)each->channel->adjust(0, true);
}

void model::restart(int number)
{
  for (auto const& each : instances_)
    if (each->number == number && each->state != instance_state::stopping) {
      each->state = decide::next(each->state, decide::instance_event::kill);
      each->death.ordered = true;
      each->process.kill();
    }
}

void model::renew()
{
  if (stopping_) return;
  for (auto const& each : instances_) {
    each->replaced = true;
    if (each->state == instance_state::ready || each->state == instance_state::starting) drain_instance(*each);
  }
  zygote_.kill(); // its end starts the next one, or brings the model to zero
}

void model::hold(bool held)
{
  held_ = held;
  if (!held_) pump();
}

void model::refuse(std::string why)
{
  distrusted_ = true;
  reason_ = "model '" + spec_.name + "' is out of service: " + std::move(why);
  while (!waiting_.empty())
    fail(waiting_.front(), {fault::unavailable, reason_});
  held_ = false;
}

void model::readmit()
{
  if (!distrusted_ && !held_) return;
  distrusted_ = false;
  hold(false);
}

void model::configure(model_limits limits)
{
  auto const strategy = limits_->load_balancing_strategy;
  spec_.toml.limits = std::move(limits);
  if (next_spec_) next_spec_->toml.limits = spec_.toml.limits;
  if (limits_->load_balancing_strategy != strategy) take_strategy();
  if (wanted_ > limits_->max_instances) staff(limits_->max_instances);
  if (idle() && decide::is_loaded(state_)) watch_idle();
}

decide::rung model::at() const
{
  auto const ready = [](auto const& each) { return each->state == instance_state::ready; };
  if (std::any_of(instances_.begin(), instances_.end(), ready)) return decide::rung::instance;
  if (zygote_loaded_) return decide::rung::model_zygote;
  return resting_ == decide::rung::zygote && around_.zygote.running() ? decide::rung::zygote : decide::rung::zero;
}

} // namespace pilotlight::pool
