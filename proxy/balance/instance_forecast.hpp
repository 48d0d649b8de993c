// How long would a request wait and run in this instance, if it were given now? Learned from each answer. Pure; no
// allocation.
#pragma once
#include "proxy/balance/balancer.hpp"
#include "proxy/balance/service_law.hpp"

#include <array>

namespace pilotlight::balance {

/// Two laws, both recursive least squares. The first says what a body of some size costs in the worker; the sum over
/// those inside, less what the first of them has had already, is the work that stands before a new one. The second
/// corrects that for how this instance really behaves, over its own cost, the work before it, requests inside, CPU and
/// recent latency: a worker that runs several at once, or one that shares its cores, is not a queue. Whichever of both
/// came nearer of late is believed.
class instance_forecast
{
public:
  /// Milliseconds until the answer. `kib`: of the body.
  double latency_ms(double kib, candidate const& as, moment now) const;

  void submitted(std::uint64_t request, double kib, moment when);
  /// What the request took in the worker, learned too; nothing if it is not known inside or has failed.
  std::optional<double> completed(std::uint64_t request, moment when, double latency_ms, bool failed);

  /// What the pool has learned so far stands in until this one has answered.
  void born(service_law const& pool) { service_ = service_law::born_from(pool); }
  bool known() const { return service_.known(); }
  double service_ms(double kib) const { return service_.expected_ms(kib); }
  /// Facts that only candidates carry. An instance that has nothing inside ended whatever was.
  void seen(candidate const& as)
  {
    cores_ = as.cores;
    if (as.in_flight == 0) count_ = 0;
  }
  moment last_answer() const { return last_answer_; }

private:
  static constexpr std::size_t most = 64; ///< requests followed at once; what is beyond is not learned from
  using correction = least_squares<5>;

  struct inside
  {
    std::uint64_t request = 0;
    moment when;
    float kib = 0, cost_ms = 0;
    float plain_ms = 0; ///< expected by the first law alone
    std::array<float, 5> terms{};
  };

  correction::vector terms(double own, double before, std::uint32_t in_flight) const;
  double before_ms(moment now) const;
  double judged(correction::vector const& x) const;

  service_law service_;
  correction correction_{{1, 1, 0, 0, 0}, {0.05, 0.05, 0.02, 0.02, 0.02}};
  double plain_error_ = 0, corrected_error_ = 0; ///< relative, smoothed
  double recent_ms_ = 0;
  double cores_ = 0;
  double backlog_ms_ = 0; ///< sum of cost_ms
  moment last_answer_;
  moment head_since_; ///< when the first of those inside began to run
  std::uint32_t count_ = 0;
  std::array<inside, most> inside_{};
};

} // namespace pilotlight::balance
