// What a model needs of the rest of the proxy. References only; main owns the objects.
#pragma once
#include "proxy/balance/zones.hpp"
#include "proxy/collect/wall_clock.hpp"
#include "proxy/config/settings.hpp"
#include "proxy/decide/action.hpp"
#include "proxy/execute/process_tree.hpp"
#include "proxy/execute/zygote.hpp"
#include "proxy/pool/slab.hpp"
#include "shared/doorbell.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <string>

namespace pilotlight::pool {

class model;
struct instance;

/// What a model tells the fleet.
struct fleet_events
{
  virtual void start_wanted(model& which) = 0; ///< it has left Zero; begin() follows when there is room
  virtual void became_idle(model& which) = 0;
  virtual void place_freed(model& which) = 0; ///< it reached Zero or Failed, all its processes are gone
  virtual void work_came() = 0;               ///< something needs the sweep: deadlines, stalls
  virtual void started(model& which) = 0;     ///< its first instance is ready
  /// Asked after a SIGKILL that was not ours: has the kernel's OOM killer been at work since the last time?
  virtual bool out_of_memory_kill() = 0;
  virtual void answered(std::uint64_t request) = 0; ///< to be woken at the end of this turn
  virtual void queue_grew(model& which) = 0;        ///< requests wait that no instance takes now
  virtual void idle_delay_over(model& which) = 0;   ///< nothing has been inside for scale_to_zero_delay
  virtual int threads_for(model const& which) = 0;  ///< intra-op threads of its next instance
  /// Why it may not be started, not even for a request; empty: it may.
  virtual std::string refuses_start(model const& which) = 0;
  /// A scaling that nobody has decided: by requests that wait, or by hand. Its model is filled in.
  virtual void acted(model const& which, decide::action what) = 0;
  virtual void spec_changed() = 0; ///< another model.toml or other files hold from now on
  /// Its model file is another one than before: what was known of that is not true of it.
  virtual void file_changed(model& which) = 0;
  virtual void instances_changed() = 0; ///< one is ready, or has ended: threads and cores are dealt anew

protected:
  ~fleet_events() = default;
};

struct surroundings
{
  boost::asio::io_context& io;
  boost::asio::thread_pool& background; ///< where the disk may be waited for
  settings const& config;
  slab& requests;
  execute::process_tree& tree;
  execute::zygote& zygote;
  collect::wall_clock const& wall;
  balance::zone_table const& zones;
  doorbell const& proxy_bell; ///< rung by every worker whose channel says that the proxy sleeps
  fleet_events& fleet;
};

} // namespace pilotlight::pool
