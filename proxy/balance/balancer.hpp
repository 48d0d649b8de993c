// Which instance takes this request? The face of all strategies. Pure: no clock, no I/O, no log; time and chance come
// with the request. One balancer per model; another strategy at run time is another balancer.
#pragma once
#include "proxy/balance/candidate.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace pilotlight::balance {

using moment = std::chrono::steady_clock::time_point;

/// What a strategy may go by of the request.
struct request
{
  std::uint64_t bytes = 0;  ///< of its body
  std::uint64_t key = 0;    ///< hash_key() of the header or sequence_id that keeps requests together; 0: none
  zone_id zone = 0;         ///< of its client
  std::uint64_t chance = 0; ///< fresh random bits
  moment now;
  std::uint32_t waiting = 0; ///< requests in the queue behind it
};

/// What became of a request that was picked for, or of an instance.
struct event
{
  enum class kind : std::uint8_t
  {
    submitted,
    completed,
    gone ///< the instance has ended, whatever was inside it: its number may be used again by another one
  };
  kind what = kind::submitted;
  int number = 0;            ///< of the instance
  std::uint64_t request = 0; ///< the same in both events of one request, different from others inside
  std::uint64_t bytes = 0;   ///< as in the request
  zone_id zone = 0;          ///< of its client
  moment when;
  std::chrono::nanoseconds latency{0}; ///< of completed: since submitted
  bool failed = false;                 ///< of completed: says nothing about how long an answer takes
};

/// The capacity of an instance relative to the others of its model.
struct weight
{
  int number = 0;
  double value = 0; ///< not above 0: none known
};

class balancer
{
public:
  balancer() = default;
  balancer(balancer const&) = delete;
  balancer& operator=(balancer const&) = delete;
  virtual ~balancer() = default;

  /// Index of the instance, or nothing when none that is ready and healthy has room (or when it is better to wait, if
  /// balancer_settings::may_wait allows that). Allocates nothing as long as the
  /// instances are few (slots.hpp).
  virtual std::optional<std::size_t> pick(std::span<candidate const> candidates, request const& asked) = 0;
  /// Each submission, completion and end of an instance. One of an instance that was never a candidate, or has gone, is
  /// ignored.
  virtual void told(event const&) {}
  /// Measured capacity of all instances; those not named have none.
  virtual void reweigh(std::span<weight const>) {}
  virtual std::string_view name() const = 0;
};

} // namespace pilotlight::balance
