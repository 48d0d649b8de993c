// One worker process of a model, as the pool sees it. Plain data but for the process and channel it owns.
#pragma once
#include "proxy/channel/instance_channel.hpp"
#include "proxy/decide/instance_state.hpp"
#include "proxy/decide/verdict.hpp"
#include "proxy/execute/child.hpp"
#include "proxy/pool/pending.hpp"

#include <boost/container/static_vector.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::pool {

using decide::instance_state;

struct instance
{
  std::string name; ///< "minilm:1/2"
  int number = 0;
  instance_state state = instance_state::starting; ///< moved on by decide::next() alone
  execute::child process;
  channel::instance_channel_ptr channel;
  std::vector<pending*> in_flight;   ///< in order of submission; the worker answers in that order
  std::uint64_t corrupt_request = 0; ///< whose completion was nonsense
  decide::death death;               ///< filled before the proxy kills it, so that the end can be judged
  std::string failed_reason;         ///< what it said before it gave up
  bool stalled = false;              ///< start_timeout has ended it
  clock::time_point created{};
  bool replaced =
      false;            ///< serves until its successor does, and goes: not trusted, or of a file that is not served now
  std::string sequence; ///< id of the sequence it was forked for; empty: serves everybody
  std::uint64_t served = 0;
  std::chrono::nanoseconds service{0}; ///< smoothed time of one request; 0: none served
  clock::time_point last_answer{};     ///< when its last completion was taken
  int threads = 1;                     ///< intra-op threads that it uses
  // Since the health checks have last looked.
  static constexpr std::size_t most_compute_times = 128;
  boost::container::static_vector<std::uint32_t, most_compute_times>
      compute_times;                ///< of the first requests, microseconds
  std::chrono::nanoseconds busy{0}; ///< sum of the times that its requests were worked on
  // As measured and judged last; see collect/ and health/.
  int health_score = 100; ///< 0 to 100
  float health_share = 1; ///< of the traffic that a healthy one gets; 0: none
  double cores = 0;       ///< CPU in use
  std::uint64_t bytes = 0;
  std::uint64_t fair_bytes = 0; ///< of the memory that all instances may use, its even share; 0: not known

  /// What it answers tells of the load that is served from now on.
  bool current() const { return state == instance_state::ready && !replaced; }
};

} // namespace pilotlight::pool
