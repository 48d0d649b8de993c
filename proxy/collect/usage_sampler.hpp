// How much CPU and memory do all of our processes use now? Samples them in the background, at most once a second, and
// keeps the last figures. I/O thread only; the reading of /proc itself happens on a background thread, because a large
// process takes milliseconds.
#pragma once
#include "proxy/collect/node_usage.hpp"
#include "proxy/collect/process_usage.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <span>

namespace pilotlight::collect {

class usage_sampler
{
public:
  /// `background` is joined before either is destroyed.
  usage_sampler(boost::asio::io_context& io, boost::asio::thread_pool& background);
  ~usage_sampler();

  /// Sees to it that of all these processes (0 and negative numbers are left out), and of the node, there are figures
  /// of the last second. Calls `done` on the I/O thread when they are there: at once, or later by post. CPU is read
  /// each second; memory of a process as often, but in all not more than 5 % of the time, so a thousand processes are
  /// weighed every minute rather than keep a core busy. A process not seen before is always read. What is not asked
  /// for in a sample any more is forgotten.
  void refresh(std::vector<pid_t> processes, std::function<void()> done = {});

  /// The last figures; zeros of a process that is gone or was not sampled yet.
  process_usage of(pid_t pid) const;
  node_usage const& node() const;

private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace pilotlight::collect
