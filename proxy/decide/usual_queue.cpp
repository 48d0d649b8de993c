#include "proxy/decide/usual_queue.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::decide {

namespace {

constexpr int looks_to_know = 50; ///< weight of what is assumed at first
constexpr double forget = 0.01;

} // namespace

double usual_queue::bound(double busy, double chance) const
{
  double const assumed = 1 / (1 - std::clamp(busy, 0.05, 0.98)); // M/M/1
  double const known = std::min(1.0, static_cast<double>(looks_) / looks_to_know);
  double const mean = std::max(1.05, known * mean_ + (1 - known) * assumed);
  return std::log(chance) / std::log(1 - 1 / mean);
}

void usual_queue::seen(instant now, std::uint32_t waiting, bool step, duration longest)
{
  if (now == looked_at_) return;
  looked_at_ = now;
  if (waiting <= 1 || now - stands_since_ >= longest) { // a new queue: the last one is known whole
    if (count_ > 0 && !step_) {
      looks_ = std::min(looks_ + count_, looks_to_know);
      double const kept = std::pow(1 - std::max(forget, 1.0 / (looks_ + 1)), count_);
      mean_ = kept * mean_ + (1 - kept) * (sum_ / count_);
    }
    sum_ = 0;
    count_ = 0;
    step_ = false;
    stands_since_ = now;
  }
  sum_ += waiting;
  ++count_;
  step_ = step_ || step;
}

duration usual_queue::beyond(instant now, bool is_beyond)
{
  if (!is_beyond || !beyond_) beyond_since_ = now;
  beyond_ = is_beyond;
  return now - beyond_since_;
}

void usual_queue::answered(instant now, std::uint32_t waiting, duration start, duration wait, int more)
{
  added_ = more;
  answered_at_ = now;
  started_at_ = now + start;
  until_ = started_at_ + wait;
  answered_length_ = waiting;
}

bool usual_queue::being_answered(instant now, std::uint32_t waiting) const
{
  if (now >= until_) return false;
  return now < started_at_ || waiting <= answered_length_;
}

double usual_queue::growth(instant now, std::uint32_t waiting) const
{
  if (now <= answered_at_ || now >= until_ || waiting <= answered_length_) return 0;
  return (waiting - answered_length_) / std::chrono::duration<double>(now - answered_at_).count();
}

} // namespace pilotlight::decide
