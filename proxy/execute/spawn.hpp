// How is a worker program started by exec? With the descriptors it is to have and no other, default signals, and the
// environment that it can only be given before. Starts a process.
#pragma once
#include "shared/failure.hpp"

#include <spawn.h>
#include <string>
#include <sys/types.h>
#include <vector>

namespace pilotlight::execute {

/// What happens to descriptors between fork and exec.
class spawn_actions
{
public:
  spawn_actions();
  ~spawn_actions();
  spawn_actions(spawn_actions const&) = delete;
  spawn_actions& operator=(spawn_actions const&) = delete;

  void place(int fd, int as);
  void open_null(int as);
  /// Closes every descriptor from this one on: what the proxy has accepted or opened must not live on in workers.
  void close_from(int first);

  posix_spawn_file_actions_t const& files() const { return files_; }
  posix_spawnattr_t const& attributes() const { return attributes_; }

private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

/// Execs `binary`. Failure: it cannot be started, naming worker.binary.
result<pid_t> spawn(std::string const& binary, std::vector<std::string> arguments, spawn_actions const& how);

} // namespace pilotlight::execute
