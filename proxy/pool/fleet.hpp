// All models of this proxy: which is meant, who may start, who makes room, when to look at deadlines, when the I/O
// thread may sleep. I/O thread only.
#pragma once
#include "proxy/decide/room.hpp"
#include "proxy/pool/model.hpp"
#include "proxy/repository/model_spec.hpp"

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::pool {

/// Who decides how many instances there are, and how models rest.
struct scaling
{
  virtual void queue_grew(model& which) = 0;
  virtual void idle_delay_over(model& which) = 0;
  virtual int threads_for(model const& which) = 0;
  virtual std::string refuses_start(model const& which) = 0;
  /// Who of those that wait for their first process starts now, and who makes room.
  virtual decide::room_plan plan_starts(std::span<model* const> loaded, std::span<model* const> waiting) = 0;
  virtual void instances_changed() = 0;
  virtual void acted(model const& which, decide::action what) = 0;
  virtual void spec_changed() = 0;

protected:
  ~scaling() = default;
};

class fleet final : public fleet_events
{
public:
  fleet(boost::asio::io_context& io, boost::asio::thread_pool& background, settings const& config,
        execute::process_tree& tree, execute::zygote& zygote, doorbell const& proxy_bell);

  /// Takes these into service (at start-up, or by `load` for new versions).
  void add(model_spec spec);
  /// The model of that name; version empty: the newest. Failure: not_found, naming what there is.
  result<model*> find(std::string_view name, std::string_view version);
  /// Every version of a name, oldest first; empty: no such model.
  std::vector<model*> versions(std::string_view name);
  std::vector<model*> all();

  /// From now on; until then nothing starts.
  void decide_by(scaling* who) { scaling_ = who; }
  /// A start has found another model file than the one that is known of.
  void on_new_file(std::function<void(model&)> what) { on_new_file_ = std::move(what); }
  /// Room may have come that nobody has told of: memory that others gave back.
  void try_starts()
  {
    if (!waiting_.empty()) plan_soon();
  }
  /// The zygote stays although no model has processes.
  void keep_zygote(bool wanted);
  /// The configuration has changed.
  void configure();
  balance::zone_table const& zones() const { return zones_; }
  collect::wall_clock const& wall() const { return wall_; }
  /// Where the system's clock has been set meanwhile; see wall_clock::follow.
  void follow_clock();

  /// One turn: wakes workers that were given something, takes completions and resumes those whose requests have their
  /// answers. True: something happened.
  bool turn();
  /// Tells every busy worker to ring when it completes. False: do not sleep, something came in.
  bool prepare_sleep();
  void woken();

  /// Requests inside all models that a client waits for: so does a drain.
  std::size_t inside() const;

  // fleet_events
  void start_wanted(model& which) override;
  void became_idle(model& which) override;
  void place_freed(model& which) override;
  void started(model& which) override;
  void work_came() override;
  bool out_of_memory_kill() override;
  void answered(std::uint64_t request) override { answered_.push_back(request); }
  void queue_grew(model& which) override;
  void idle_delay_over(model& which) override;
  int threads_for(model const& which) override;
  std::string refuses_start(model const& which) override;
  void instances_changed() override;
  void acted(model const& which, decide::action what) override;
  void spec_changed() override;
  void file_changed(model& which) override;

private:
  void plan_soon();
  void plan();
  void sweep();

  boost::asio::io_context& io_;
  settings const& config_;
  execute::zygote& zygote_;
  scaling* scaling_ = nullptr;
  std::function<void(model&)> on_new_file_;
  collect::wall_clock wall_;
  balance::zone_table zones_;
  slab requests_;
  surroundings around_;
  std::map<std::string, std::vector<std::unique_ptr<model>>, std::less<>> models_;
  std::vector<model*> loaded_;  ///< whose channels a turn looks at
  std::vector<model*> waiting_; ///< for a start
  std::vector<std::uint64_t> answered_, waking_;
  boost::asio::steady_timer sweep_timer_;
  bool sweeping_ = false;
  bool planning_ = false;
  bool zygote_wanted_ = false;
  std::uint64_t oom_kills_ = 0;
  decide::model_index next_index_ = 0;
};

} // namespace pilotlight::pool
