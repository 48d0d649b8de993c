// Is this instance as fast as its model used to be? The performance check. Pure; one baseline a model, about 200 bytes.
#pragma once
#include "proxy/health/check.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pilotlight::health {

/// What one instance did in one period: since the last check that said something, so that a rarely called model gets
/// its answers together too.
struct performance_sample
{
  std::uint64_t answered = 0;   ///< requests, of which fewer than `fewest_answers` say nothing
  duration median{0};           ///< of the compute times of those requests (not of their waiting)
  duration busy{0};             ///< sum of the times in which a forward ran; answered / busy is the throughput
  bool siblings_passed = false; ///< another instance of the model passed its last performance check, so slowness is
                                ///< this instance's own and not the node's or the workload's
};

struct baseline_policy
{
  std::uint64_t fewest_answers = 20;
  int fewest_periods = 5; ///< that form the first baseline, by their median; until then nothing is judged
  double learning = 0.05; ///< weight of a new period later on
  int accept_after = 60;  ///< failed periods in a row that agree with each other: the new normal. 0: never
};

/// Median and spread of what is normal, robust: the first periods by median and MAD, later ones by an exponentially
/// weighted mean of either whose steps are clipped at three spreads (Huber, 1964). A period that failed teaches
/// nothing, until as many in a row as `accept_after` agree within a quarter: then the work has changed (larger inputs),
/// and not the worker.
class baseline
{
public:
  explicit baseline(baseline_policy how = {}) : how_(how) {}

  /// Judges the period, then learns from it. Nothing: too few answers, or no baseline yet.
  /// The score is that of the worse of latency / normal and normal / throughput, either after three spreads are taken
  /// off: 100 up to 1.25, 79 at 1.5, 60 at 2, 35 at 3, 0 from 5 on. Without siblings_passed it is at least 30: a slow
  /// node must not get all its instances replaced just then.
  std::optional<finding> take(performance_sample const& sample);

  bool formed() const { return latency_.normal > 0; }
  /// The median compute time that is normal; 0: none yet.
  duration normal() const { return duration(static_cast<std::int64_t>(latency_.normal * 1e6)); }
  /// Requests a second of busy time that are normal; 0: none yet.
  double normal_throughput() const { return throughput_.normal; }

private:
  struct track
  {
    std::vector<double> first; ///< until formed
    double normal = 0;
    double spread = 0; ///< mean absolute deviation of periods' values from `normal`
    void form();
    void learn(double value, double weight);
    double tolerance() const;
  };
  finding judge(double latency, double throughput, bool own) const;
  void learn(double latency, double throughput, bool fine);

  baseline_policy how_;
  track latency_;    ///< seconds
  track throughput_; ///< requests a second
  int strange_ = 0;  ///< failed periods in a row that agree
  double strange_latency_ = 0, strange_throughput_ = 0;
};

} // namespace pilotlight::health
