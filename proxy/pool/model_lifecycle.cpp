// Events of one model -> the lifecycle table -> what it says to do. Idle timing and the breaker live here.
#include "proxy/pool/model.hpp"

#include "proxy/oip/metadata.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace pilotlight::pool {

using decide::model_action;
using decide::model_event;
using decide::model_state;

namespace {

/// A model that is idle for this share of its delay is looked at as idle (IdleDetection).
constexpr int idle_part = 4;

} // namespace

void model::apply(model_event event)
{
  auto const [next, action] = decide::next(state_, event);
  if (next != state_) {
    // Every lone request makes the model active and lets it rest again: that is for tracing only.
    auto const ordinary = next == model_state::active || next == model_state::monitoring;
    spdlog::log(ordinary ? spdlog::level::trace : spdlog::level::debug, "model {}: {} --{}--> {}", spec_.key,
                decide::to_string(state_), decide::to_string(event), decide::to_string(next));
    state_ = next;
  }
  perform(action);
}

void model::perform(model_action action)
{
  switch (action) {
  case model_action::none: return;
  case model_action::start: start_wanted_at_ = clock::now(); return around_.fleet.start_wanted(*this);
  case model_action::stop: return stop_all();
  case model_action::watch_idle: return watch_idle();
  case model_action::unwatch_idle: return; // the timer looks at idle_since_ when it fires; that is cheaper
  case model_action::arm_confirm: boost::asio::post(around_.io, [this] { apply(model_event::confirm); }); return;
  case model_action::fail_held: return fail_held();
  }
}

/// Called whenever something has left: the check and the step to idle are one.
void model::check_idle()
{
  if (state_ == model_state::optimizing && (idle() || statistics_.success.count >= settled_after_))
    apply(model_event::settled);
  if (!idle()) return;
  idle_since_ = clock::now();
  if (zero_when_idle_) {
    zero_when_idle_ = false;
    return apply(model_event::zero_now);
  }
  apply(model_event::idle);
  around_.fleet.became_idle(*this);
}

/// After a step that may have left a started model with nothing to do.
void model::check_idle_unless_busy()
{
  if (!idle() || starting_) return;
  check_idle();
  // Neither a further instance nor the end of a warm-up is work.
  idle_since_ = std::max(last_used_, start_.ready);
}

void model::watch_idle()
{
  if (!limits_->autoscaling || !limits_->zero_scaling || idle_timer_armed_) return;
  look_idle_at(idle_since_ + limits_->scale_to_zero_delay / idle_part);
}

void model::look_idle_at(clock::time_point when)
{
  idle_timer_armed_ = true;
  idle_timer_.expires_at(when);
  idle_timer_.async_wait([this](boost::system::error_code error) {
    idle_timer_armed_ = false;
    if (!error) on_idle_timer();
  });
}

void model::on_idle_timer()
{
  auto const rests = state_ == model_state::monitoring || state_ == model_state::idle_detection;
  if (!rests) return; // the next idle arms it again
  auto const delay = limits_->scale_to_zero_delay;
  auto const idle_for = clock::now() - idle_since_;
  if (idle_for >= delay) return around_.fleet.idle_delay_over(*this);
  auto next_look = idle_since_ + delay / idle_part;
  if (idle_for >= delay / idle_part) {
    apply(model_event::idle_part);
    next_look = idle_since_ + delay;
  }
  look_idle_at(next_look);
}

void model::to_zero(std::string reason)
{
  resting_ = decide::rung::zero;
  // What is held while it scales down starts it once more: for that alone.
  if (state_ == model_state::scaling_down && !idle()) zero_when_idle_ = true;
  if (!decide::is_loaded(state_) || state_ == model_state::scaling_down) return;
  spdlog::info("model {}: to zero: {}", spec_.key, reason);
  meter().scaled(around_.wall.now());
  if (!idle()) {
    zero_when_idle_ = true;
    return;
  }
  apply(model_event::zero_now);
}

void model::start_went_wrong(decide::start_failure what, std::string why)
{
  spdlog::warn("model {}: start failed: {}", spec_.key, why);
  breaker_ = decide::after_failure(breaker_, what, clock::now(), {});
  reason_ = std::move(why);
}

void model::fail_held()
{
  auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(breaker_.next_try - clock::now());
  auto const retry_after = std::max(left, std::chrono::milliseconds(1'000));
  spdlog::error("model {}: failed: {}; next try in {} ms", spec_.key, reason_, left.count());
  retry_timer_.expires_at(breaker_.next_try);
  retry_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) apply(model_event::retry);
  });
  while (!waiting_.empty())
    fail(waiting_.front(),
         {fault::unavailable, "model '" + spec_.name + "' cannot be started: " + reason_, retry_after});
}

/// A process of this model has been reaped. Nobody is left: the model is at zero, whether told to or not.
void model::after_exit()
{
  if (zygote_ || unpacking_ != 0 || !instances_.empty()) return;
  auto const told = stopping_;
  auto const was_starting = starting_;
  begun_ = starting_ = stopping_ = zygote_loaded_ = zygote_warmed_ = false;
  if (!start_when_zero_) wanted_ = 1;
  if (told) {
    apply(model_event::exited);
  } else if (was_starting && breaker_.open) {
    apply(model_event::start_failed);
  } else {
    apply(model_event::lost);
  }
  drop_arena_if_unused();
  around_.fleet.place_freed(*this);
  // Whoever came while the memory was being given back, or lost his worker, starts the model again now.
  if (next_spec_) take_up(*std::exchange(next_spec_, std::nullopt));
  if (state_ != model_state::zero) return;
  auto const asked = std::exchange(start_when_zero_, false);
  if (!waiting_.empty())
    apply(model_event::request);
  else if (asked && !disabled_)
    apply(model_event::start_now);
}

void model::disable(std::string why)
{
  disabled_ = true;
  reason_ = std::move(why);
  if (decide::is_loaded(state_)) tell_scaled(0, "unloaded by hand");
  while (!waiting_.empty() && running() == 0 && !begun_)
    fail(waiting_.front(), {fault::unavailable, reason_});
  to_zero(reason_);
}

void model::reload(model_spec spec)
{
  if (!decide::is_loaded(state_)) return take_up(std::move(spec));
  next_spec_ = std::move(spec);
  tell_scaled(0, "it is loaded anew");
  to_zero("it is loaded anew");
}

void model::enable()
{
  if (std::exchange(disabled_, false)) reason_.clear();
}

/// What is unloaded stays so.
void model::take_up(model_spec spec)
{
  if (spec.toml.state != spec_.toml.state) forget_sequences();
  distrusted_ = held_ = warmup_refused_ = false;
  died_warming_ = 0;
  if (!disabled_) reason_.clear();
  breaker_ = {};
  retry_timer_.cancel();
  spec_ = std::move(spec);
  limits_ = &spec_.toml.limits;
  take_strategy();
  known_inputs_ = oip::known_inputs(spec_, {});
  known_outputs_ = oip::known_outputs(spec_, {});
  around_.fleet.spec_changed();
  if (state_ == model_state::failed) apply(model_event::retry);
}

void model::load()
{
  tell_scaled(std::max(1, wanted_), "loaded by hand");
  asked_ahead_ = clock::now();
  start_ahead();
}

void model::preload(std::string reason)
{
  tell_scaled(1, std::move(reason));
  asked_ahead_ = clock::now();
  rest_at(decide::rung::instance);
}

void model::start_ahead()
{
  start_when_zero_ = state_ == model_state::scaling_down;
  apply(model_event::start_now);
}

/// For explain: of what was decided it knows.
void model::tell_scaled(int instances, std::string reason)
{
  auto what = decide::action();
  what.what = instances > 0 ? decide::action_kind::scale : decide::action_kind::rest;
  what.instances = instances;
  what.reason = std::move(reason);
  around_.fleet.acted(*this, std::move(what));
}

} // namespace pilotlight::pool
