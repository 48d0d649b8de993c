#include "proxy/decide/hold.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace pilotlight::decide {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds assumed_start{2'000};
constexpr milliseconds soonest{1'000};
constexpr milliseconds latest{3'600'000};

milliseconds start_left(hold_facts const& facts)
{
  if (!facts.starting) return milliseconds{0};
  auto const whole = facts.start_measured.count() > 0 ? facts.start_measured : assumed_start;
  return std::max(whole - facts.start_elapsed, milliseconds{0});
}

failure full(hold_facts const& facts, std::string const& amount, std::string_view key)
{
  std::string sentence = "model '";
  sentence.append(facts.model).append(facts.starting ? "' is starting and already holds " : "' has ").append(amount);
  if (!facts.starting) sentence.append(" waiting");
  sentence.append(" (").append(key).append(")");
  return {fault::unavailable, std::move(sentence), retry_after(facts)};
}

} // namespace

milliseconds retry_after(hold_facts const& facts)
{
  // In doubles: a long queue of slow requests must not overflow into a short wait.
  double const queue_ms = static_cast<double>(facts.waiting) * static_cast<double>(facts.service_measured.count()) /
                          1'000.0 / std::max(facts.instances, 1);
  double const wait_ms = static_cast<double>(start_left(facts).count()) + queue_ms;
  if (wait_ms >= static_cast<double>(latest.count())) return latest;
  return std::max(milliseconds{static_cast<std::int64_t>(wait_ms)}, soonest);
}

result<void> admit(hold_facts const& facts, hold_limits const& limits)
{
  if (facts.request_bytes > limits.max_bytes)
    return failure{fault::too_large, "the request needs " + std::to_string(facts.request_bytes) + " bytes; at most " +
                                         std::to_string(limits.max_bytes) + " are allowed (hold.max_bytes)"};
  if (facts.waiting >= limits.max_requests)
    return full(facts, std::to_string(facts.waiting) + " requests", "hold.max_requests");
  if (facts.bytes > limits.max_bytes - facts.request_bytes)
    return full(facts, std::to_string(facts.bytes) + " bytes of requests", "hold.max_bytes");
  return {};
}

} // namespace pilotlight::decide
