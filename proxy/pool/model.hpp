// One version of a model while the proxy runs: its state machine, its waiting requests, its processes. The single
// writer of all of it. I/O thread only. The parts, one file each:
//   model.cpp            admission, queue, answers
//   model_lifecycle.cpp  events -> table -> actions, idle timing, breaker
//   model_start.cpp      its file and its zygote: start, messages, end
//   model_instances.cpp  instances: fork, messages, ends
//   model_scaling.cpp    how many instances: replenish, drain, stop, by hand
//   model_balance.cpp    which instance
//   model_dispatch.cpp   waiting -> instance, completions, deadlines
//   model_sequences.cpp  stateful = "sequence": an instance for each sequence
#pragma once
#include "proxy/balance/balancer.hpp"
#include "proxy/decide/breaker.hpp"
#include "proxy/decide/facts.hpp"
#include "proxy/decide/hold.hpp"
#include "proxy/decide/lifecycle.hpp"
#include "proxy/oip/model_statistics.hpp"
#include "proxy/pool/instance.hpp"
#include "proxy/pool/start_times.hpp"
#include "proxy/pool/surroundings.hpp"
#include "proxy/pool/ticket.hpp"
#include "proxy/repository/model_spec.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pilotlight::pool {

/// A sequence that is open: the requests that wait for it or run on its own instance.
struct sequence
{
  instance* on = nullptr; ///< nullptr: waits for a place
  std::size_t inside = 0; ///< requests waiting or running
  clock::time_point last_used{};
  bool ending = false; ///< its last request has been queued
  bool gap = false;    ///< a request of it was given up before it ran, and others come after it: it is lost
};

class model
{
public:
  /// `index`: its place in the tables of collect and decide, for as long as the proxy runs.
  model(model_spec spec, surroundings around, decide::model_index index);
  ~model();
  model(model const&) = delete;
  model& operator=(model const&) = delete;

  // --- requests (data flow)
  /// A place for one request of that many body bytes, or why not (failed, unloaded, hold full).
  result<ticket> admit(std::size_t body_bytes);
  /// Memory of the request arena for it.
  result<channel::arena_block> allocate(std::size_t bytes);
  /// Counts bytes of a body whose length was not known at its admission. Failure: the hold is full.
  result<void> charge(pending& request, std::size_t body_bytes);
  /// Hands it over: from now on it is waited for with `request.done`. It may be done at once (failed meanwhile).
  void enqueue(pending& request);
  /// Its client has gone or its deadline has passed: see ticket.
  void abandon(pending& request);
  /// Ends waiting for it with this failure; one that runs stays pinned.
  void fail(pending& request, failure why);

  // --- turns of the I/O loop
  /// Wakes sleeping workers that were given something.
  void ring();
  /// Takes what the workers have completed. True: something was there.
  bool drain();
  /// False: a completion came in, do not sleep.
  bool prepare_sleep();
  void woken();
  /// Deadlines, hung forwards, stalled starts, long waits. At most every few milliseconds.
  void sweep(clock::time_point now);
  bool needs_sweep() const;
  bool has_channels() const { return !instances_.empty(); }

  // --- control
  /// After start_wanted: there is no room yet, for this reason.
  void waits_for(std::string room);
  /// There is room: start the processes. Only after start_wanted.
  void begin();
  /// To zero as soon as nothing is inside: at once when idle, else after draining.
  void to_zero(std::string reason);
  /// By decision: so many instances, at least 1; starts the model if need be. What is inside is never dropped.
  void staff(int instances);
  /// By decision: an idle model cools to that rung, or is warmed to it.
  void rest_at(decide::rung to);
  /// By health: another instance takes its place; it serves on until that one is ready, where there is room for both.
  void replace(int number);
  /// By health: its share of the traffic, 0 to 1.
  void share(int number, float share);
  /// By health: in its next quiet moment it warms up again.
  void refresh(int number);
  /// By health: killed, requests inside run elsewhere, and another one takes its place.
  void restart(int number);
  /// By health: loaded anew, and every instance forked anew from that. Requests that run go on to their end.
  void renew();
  /// By health: requests are held until it is told to go on; or refused, those that are held too, until it is loaded
  /// anew. `readmit` ends both.
  void hold(bool held);
  void refuse(std::string why);
  void readmit();
  /// At zero, with nothing in it any more.
  void drop_arena_if_unused();
  /// Nothing: nothing could be judged.
  void judged(std::optional<int> score) { health_score_ = score; }
  /// Measured capacity of the instances, in their order.
  void reweigh(std::span<double const> weights);
  /// What the configuration says now. Takes effect at once but for what processes were started with.
  void configure(model_limits limits);
  /// Zones have other ids than before.
  void zones_changed();
  /// By hand: that many instances (0: to zero). Failure: over max_instances, unloaded, failed.
  result<void> scale(int instances);
  /// Load: what the repository says of it now. Processes made from the old spec are ended first, as soon as nothing is
  /// inside.
  void reload(model_spec spec);
  bool reload_pending() const { return next_spec_.has_value(); }
  /// Unload: refuse further requests, drain, end.
  void disable(std::string why);
  /// Ends that.
  void enable();
  void load();
  /// Starts an instance that nobody asks for yet; why is for explain.
  void preload(std::string reason);
  /// The description has become known, or is not known any more.
  void describe(signature description);
  /// What workers load from now on.
  void relocate(std::string load_path) { spec_.load_path = std::move(load_path); }

  // --- facts
  decide::model_index index() const { return index_; }
  /// The warmest rung that it has reached; the shared zygote counts for those that rest there.
  decide::rung at() const;
  /// Where it was last told to rest; zero when something else has been asked of it since.
  decide::rung resting() const { return resting_; }
  /// Since when nothing has been inside; meaningless while something is.
  clock::time_point idle_since() const { return idle_since_; }
  int wanted() const { return wanted_; }
  /// Times and (by default) sizes of the rungs; the times as measured last.
  decide::start_costs const& measured_costs() const { return costs_; }
  std::optional<int> health_score() const { return health_score_; }
  /// As weighed: bytes held at each rung.
  void weighed(decide::start_costs const& costs) { costs_.bytes = costs.bytes; }
  /// What is counted of it; made when something is.
  collect::model_meter& meter();
  decide::instant known_since() const { return known_since_; }
  /// Null: nothing was counted yet.
  collect::model_meter* counted() const { return meter_.get(); }
  /// When the request that has waited longest came; nothing: none waits.
  std::optional<clock::time_point> oldest_arrival() const;
  model_spec const& spec() const { return spec_; }
  /// Inputs that requests are checked against: from model.toml, else the description's names.
  std::vector<tensor_spec> const& known_inputs() const { return known_inputs_; }
  /// Outputs that requests may ask for, likewise; empty: not known before forward has run.
  std::vector<tensor_spec> const& known_outputs() const { return known_outputs_; }
  decide::model_state state() const { return state_; }
  std::string const& reason() const { return reason_; }
  bool disabled() const { return disabled_; }
  /// Out of service: refuse() was called, and readmit() was not.
  bool distrusted() const { return distrusted_; }
  /// Why it would not take a request now; empty: it would (and, if need be, start).
  std::string why_not_ready() const;
  /// At zero, with a month used up that refuses even first requests: why; empty: it may start.
  std::string why_not_started() const;
  /// Shapes of requests that were answered, the latest last.
  std::vector<std::vector<warmup_tensor>> const& seen_shapes() const { return seen_shapes_; }
  /// Its processes exist or are being started now (not merely queued for a start).
  bool begun() const { return begun_; }
  bool starting() const { return starting_; }
  bool idle() const { return inside_ == 0 && sequences_.empty(); }
  std::size_t inside() const { return inside_; }
  std::size_t waiting() const { return waiting_.size(); }
  std::size_t running() const;
  /// Of those inside, the ones whose clients are still there.
  std::size_t awaited() const;
  clock::time_point last_used() const { return last_used_; }
  /// When it was started by hand, by a load or a preload; nothing once a request has come since.
  std::optional<clock::time_point> asked_ahead() const { return asked_ahead_; }
  clock::time_point waiting_since() const { return start_wanted_at_; }
  std::chrono::nanoseconds service_time() const { return service_; }
  start_times const& last_start() const { return start_; }
  /// From the order to fork to ready, of the newest instance.
  std::chrono::nanoseconds last_instance_start() const { return last_instance_start_; }
  decide::breaker const& breaker() const { return breaker_; }
  std::vector<std::unique_ptr<instance>> const& instances() const { return instances_; }
  pid_t zygote_pid() const { return zygote_.pid(); }
  oip::model_statistics const& statistics() const { return statistics_; }
  /// Starts from nothing, or from the shared zygote, that requests have waited for.
  std::uint64_t cold_starts() const { return cold_starts_; }
  /// These, and those ahead of any request.
  std::uint64_t starts() const { return starts_; }
  /// Inputs and outputs as requests and replies have shown them, where model.toml is silent.
  std::vector<tensor_spec> const& seen_inputs() const { return seen_inputs_; }
  std::vector<tensor_spec> const& seen_outputs() const { return seen_outputs_; }
  /// Learns from a request that succeeded.
  void saw(tensor_table const& inputs, tensor_table const& outputs);

private:
  /// Requests answered after a start before the service time counts as known.
  static constexpr std::uint64_t settling_requests = 8;
  using waiting_list = boost::intrusive::list<pending>;

  // model.cpp
  void count_cold_start();
  void finish(pending& request, std::optional<failure> error);
  void left(pending& request, bool failed, bool by_client);
  decide::hold_facts hold_facts(std::size_t request_bytes) const;

  // model_lifecycle.cpp
  void take_up(model_spec spec);
  void apply(decide::model_event event);
  void perform(decide::model_action action);
  void check_idle();
  void check_idle_unless_busy();
  void watch_idle();
  void look_idle_at(clock::time_point when);
  void on_idle_timer();
  void start_ahead();
  void tell_scaled(int instances, std::string reason);
  void start_went_wrong(decide::start_failure what, std::string why);
  void fail_held();
  void after_exit();

  // model_start.cpp
  bool look_at_file();
  void read_ahead() const;
  void start_processes();
  void unpack();
  fork_model load_order() const;
  batching batching_order() const;
  void start_zygote();
  void on_zygote_message(message const& body);
  void on_zygote_exit(execute::exit_status how);
  void replace_zygote();
  void became_ready();

  // model_instances.cpp
  void no_instance(std::string const& why);
  instance* add_instance(std::string sequence_id);
  int next_number() const;
  void on_instance_message(instance& which, message const& body);
  void on_instance_exit(instance& which, execute::exit_status how);

  // model_scaling.cpp
  void replenish();
  int alive() const;
  void drain_instance(instance& which);
  void make_successors();
  void drain_replaced();
  void drain_surplus();
  void cool_to_zygote();
  void stop_all();

  // model_balance.cpp
  void take_strategy();
  std::optional<std::size_t> choose(pending const& request, clock::time_point now);
  void tell_submitted(pending const& request);
  void tell_completed(pending const& request, instance const& by, clock::time_point now, bool failed);
  void tell_gone(instance const& which);

  // model_dispatch.cpp
  bool judge_inside(instance& dead);
  void pump();
  bool submit(pending& request, instance& to);
  void take(instance& from, completion const& done);
  void learn(pending const& request, instance& by, completion const& done);
  void measure_start(std::chrono::nanoseconds first_answer);
  void check_running(instance& which, clock::time_point now);
  bool hung(instance const& which, clock::time_point now, std::chrono::milliseconds limit) const;
  void distrust(instance& which, std::uint64_t request, std::string_view why);

  // model_sequences.cpp
  bool sequenced() const { return spec_.toml.state == state_mode::sequence; }
  bool join_sequence(pending& request);
  void pump_sequences();
  void left_sequence(pending& request);
  void lose_sequence(std::string const& id, std::string why);
  void close_sequence(std::string const& id);
  void sweep_sequences(clock::time_point now);
  void forget_sequences();

  model_spec spec_;
  std::vector<tensor_spec> known_inputs_, known_outputs_;
  std::optional<model_spec> next_spec_; ///< taken up at zero
  surroundings around_;
  decide::model_index index_;
  model_limits const* limits_;
  std::unique_ptr<balance::balancer> balancer_;
  std::unique_ptr<collect::model_meter> meter_;
  std::string waits_for_;       ///< what its start lacks
  decide::instant known_since_; ///< by then an always-on server would have started it

  decide::model_state state_ = decide::model_state::zero;
  std::string reason_; ///< of Failed, or of being unloaded
  bool disabled_ = false;
  bool begun_ = false;
  bool starting_ = false;        ///< begun and no instance has been ready yet
  bool stopping_ = false;        ///< every process has been told to end
  bool zero_when_idle_ = false;  ///< draining to zero by hand
  bool start_when_zero_ = false; ///< asked for by hand while scaling down
  decide::breaker breaker_;
  boost::asio::steady_timer idle_timer_;
  boost::asio::steady_timer retry_timer_;
  bool idle_timer_armed_ = false;
  clock::time_point idle_since_{};
  clock::time_point last_used_{};
  std::optional<clock::time_point> asked_ahead_;
  clock::time_point start_wanted_at_{};
  start_times start_;
  std::chrono::nanoseconds start_measured_{0}; ///< of the last start that became ready

  execute::child zygote_;
  bool zygote_loaded_ = false;
  bool zygote_warmed_ = false;
  std::string zygote_failed_;
  std::string no_instance_;          ///< why not even one can be made; its zygote is told to end for it
  pid_t unpacking_ = 0;              ///< who unpacks its .pt2; 0: nobody does
  bool stalled_ = false;             ///< start_timeout has ended its zygote, or its unpacking
  bool warmup_refused_ = false;      ///< warming left the zygote unfit to fork, or killed it: start unwarmed
  bool warming_ = false;             ///< the zygote was told to, and has not said that it is done
  int died_warming_ = 0;             ///< zygotes in a row
  clock::time_point zygote_begun_{}; ///< or the unpacking before it
  std::vector<std::unique_ptr<instance>> instances_;
  int wanted_ = 1; ///< instances; 0: it rests as a model zygote
  decide::rung resting_ = decide::rung::zero;
  std::chrono::nanoseconds last_instance_start_{0};
  decide::start_costs costs_;
  std::optional<int> health_score_;
  bool held_ = false;       ///< what waits goes on waiting
  bool distrusted_ = false; ///< refused by health
  std::uint64_t turn_ = 0;

  channel::request_arena_ptr arena_;
  waiting_list waiting_;
  std::size_t inside_ = 0;              ///< enqueued and not yet answered by a worker, abandoned ones included
  std::size_t admitted_ = 0;            ///< tickets that are not enqueued yet
  std::size_t held_bytes_ = 0;          ///< body bytes of all tickets
  std::chrono::nanoseconds service_{0}; ///< smoothed time of one request in a worker
  std::uint64_t settled_after_ = 0;     ///< requests answered when the service time counts as known

  std::map<std::string, sequence, std::less<>> sequences_;
  std::deque<std::pair<std::string, std::string>> lost_; ///< id, why; bounded

  oip::model_statistics statistics_;
  std::uint64_t starts_ = 0, cold_starts_ = 0;
  bool awaited_start_ = false; ///< the present start is counted as a cold one
  std::vector<tensor_spec> seen_inputs_, seen_outputs_;
  std::vector<std::vector<warmup_tensor>> seen_shapes_;
};

} // namespace pilotlight::pool
