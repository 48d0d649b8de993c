// What becomes of one model's requests? A first-come-first-served queue, instances that take one request at a time, and
// the ladder of rungs they start from, all in virtual time. Pure.
#pragma once
#include "proxy/decide/facts.hpp"
#include "proxy/simulate/arrivals.hpp"
#include "proxy/simulate/shared_zygote.hpp"
#include "proxy/simulate/tally.hpp"

#include <deque>
#include <span>
#include <vector>

namespace pilotlight::simulate {

/// Times given to it never step back, but by less than one step between the models of one run.
/// Single requests are followed exactly. In dense traffic (batch::dense) all that came in one bin is served as a
/// whole: the instances together may start `instances x bin / service` requests in a bin, and as many at once as
/// instances stand idle. Waits are then whole bins, and right within one service time.
class station
{
public:
  /// `of` and `zygote` must outlive it.
  station(decide::model_index index, costs const& of, shared_zygote& zygote, instant begin);

  /// Lets the time until `to` pass; `arrived`: all that comes in it, in order.
  void run(std::span<batch const> arrived, instant to);

  /// From now on, whether requests that would start it from nothing, or from the shared zygote, are turned away.
  void refuse_starts(bool refused) { refuses_starts_ = refused; }
  /// To so many instances, at least 1; new ones are ready after their start, removed ones end their request first.
  void scale(int wanted, instant now);
  /// Cools to a rung, or warms up to it. Ignored while something is inside.
  void rest(decide::rung to, instant now);
  /// Up to here everything is counted; nothing may follow.
  void finish(instant now);

  /// Overwrites all but the forecasts. What happened since the last call is the tick.
  void report(decide::model_facts& into, instant now);

  /// Only what is true now: rung, counts, waiting, in flight, idle. The tick goes on.
  void refresh(decide::model_facts& into, instant now) const;

  double waiting() const { return waiting_; }
  bool is_inside(instant now) const { return waiting_ > 0 || working_until_ > now; }
  bool is_changing(instant now) const
  {
    return started_until_ > now || serving_ != static_cast<int>(instances_.size());
  }                                          ///< starts or drains
  int instances() const { return serving_; } ///< not draining; starting ones too
  decide::rung at() const { return at_; }
  double mebibytes() const; ///< now, without the shared zygote
  simulate::tally const& tally() const { return tally_; }

private:
  struct instance
  {
    int number = 0;
    instant born{}, ready{}, free{};
    bool draining = false;
    duration busy{0}; ///< begun in this tick, and what was left of the tick before
  };
  struct held
  {
    instant when{};
    double count = 0;
  };

  void pump(instant until);
  void begin_bins(instant when);
  void end_bins(instant when);
  void serve_bin();
  void enqueue(instant when, double count);
  void wait_on(instant when);
  void start(instant now, bool for_a_request);
  void add_instance(instant born, instant ready);
  void remove_drained(instant now);
  void become(decide::rung to, instant now);
  void note_change(int direction, instant now);
  void record(duration wait, double count);
  int ready_at(instant now) const;
  int dense_in_flight(int ready, instant now) const;

  decide::model_index index_;
  costs const& costs_;
  shared_zygote& zygote_;
  double service_; ///< of one request, seconds
  double per_bin_; ///< requests that one instance carries in a bin
  simulate::tally tally_;

  decide::rung at_ = decide::rung::zero;
  instant warm_{};  ///< when the rung at_ is reached
  instant since_{}; ///< memory is counted up to here
  std::vector<instance> instances_;
  int serving_ = 0;
  bool refuses_starts_ = false;
  int numbered_ = 0;
  instant started_until_{}, working_until_{}, idle_since_{};

  std::deque<held> queue_;
  double waiting_ = 0;
  bool bins_ = false;     ///< dense traffic
  instant bin_{};         ///< the next one to serve
  double credit_ = 0;     ///< requests that may be started at once
  double bin_starts_ = 0; ///< in the last bin

  instant tick_{};   ///< its beginning
  instant waited_{}; ///< waiting_seconds_ is counted up to here
  double waiting_seconds_ = 0;
  double dense_busy_ = 0; ///< seconds, in this tick
  double arrived_ = 0, completed_ = 0;
  simulate::waits recent_, older_;
  instant recent_since_{};
  int direction_ = 0;
  instant changed_{};
};

} // namespace pilotlight::simulate
