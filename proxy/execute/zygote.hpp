// Is LibTorch up? The one zygote from which model zygotes are forked: started when the first model needs it, put out
// when none is left. Owns a process.
#pragma once
#include "proxy/execute/process_tree.hpp"

#include <chrono>
#include <string>

namespace pilotlight::execute {

class zygote
{
public:
  explicit zygote(process_tree& tree) : tree_(tree) {}

  /// Starts it if it is not there. Failure: the binary cannot be executed.
  result<void> ensure();
  /// Asks it (started if need be) to fork a model zygote that speaks through `peer`.
  result<void> fork(fork_model const& what, unique_fd peer);
  /// Ends it; nothing happens when there is none.
  void stop();
  /// Ends one that does not do what it is asked for. What was to be forked by it is missed, as if it had died.
  void replace();
  /// Keep it running: should it die, start the next one ahead of need.
  void keep(bool wanted) { wanted_ = wanted; }

  bool running() const { return static_cast<bool>(process_); }
  pid_t pid() const { return process_.pid(); }
  /// Why the last one ended by its own fault before it was ready; empty: it did not.
  std::string const& last_fault() const { return last_fault_; }
  std::chrono::milliseconds start_time() const { return start_time_; }

private:
  void ended(exit_status how);

  process_tree& tree_;
  child process_;
  bool ready_ = false;
  bool wanted_ = false;
  std::string last_fault_;
  std::chrono::steady_clock::time_point begun_{};
  std::chrono::milliseconds start_time_{0};
};

} // namespace pilotlight::execute
