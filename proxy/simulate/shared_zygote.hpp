// Does the shared zygote run, and for how long did it? One for all models, counted once. Pure.
#pragma once
#include "proxy/simulate/costs.hpp"
#include "proxy/simulate/trace.hpp"

#include <algorithm>

namespace pilotlight::simulate {

/// It runs while any model has processes, and ends with the last of them.
class shared_zygote
{
public:
  explicit shared_zygote(costs const& of) : start_(of.start.to_answer[0] - of.start.to_answer[1]) {}

  /// A model gets its first process.
  void hold(instant now)
  {
    if (users_++ > 0) return;
    now = std::max(now, ended_); // models are advanced one after another, a step at a time
    since_ = now;
    ready_ = now + start_;
  }

  /// A model has lost its last.
  void release(instant now)
  {
    if (--users_ > 0) return;
    ended_ = std::max(now, since_);
    ran_ += ended_ - since_;
  }

  bool runs() const { return users_ > 0; }
  instant ready() const { return ready_; }
  /// Up to now.
  double seconds(instant now) const
  {
    return in_seconds(ran_ + (runs() ? std::max(now, since_) - since_ : duration(0)));
  }

private:
  duration start_;
  int users_ = 0;
  instant since_{}, ready_{}, ended_{};
  duration ran_{0};
};

} // namespace pilotlight::simulate
