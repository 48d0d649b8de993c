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

void usual_queue::seen(std::uint32_t waiting)
{
  looks_ = std::min(looks_ + 1, looks_to_know);
  double const share = std::max(forget, 1.0 / (looks_ + 1));
  mean_ += share * (waiting - mean_);
}

void usual_queue::answered(instant now, std::uint32_t waiting, duration start, duration wait)
{
  answered_at_ = now;
  started_at_ = now + start;
  until_ = started_at_ + wait;
  answered_length_ = waiting;
}

bool usual_queue::being_answered(instant now, std::uint32_t waiting) const
{
  if (now == answered_at_ || now >= until_) return false;
  return now < started_at_ || waiting <= answered_length_;
}

double usual_queue::growth(instant now, std::uint32_t waiting) const
{
  if (now <= answered_at_ || now >= until_ || waiting <= answered_length_) return 0;
  return (waiting - answered_length_) / std::chrono::duration<double>(now - answered_at_).count();
}

} // namespace pilotlight::decide
