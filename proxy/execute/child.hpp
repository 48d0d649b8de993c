// One process of the fork tree as the proxy holds it: its control socket, its pid once it has said hello, its end.
// Owns an fd and, through the tree, a process: when a `child` goes, the process is killed and reaped.
#pragma once
#include "shared/control_socket.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <sys/types.h>

namespace pilotlight::execute {

/// How a process ended.
struct exit_status
{
  int signal = 0; ///< 0: it exited
  int code = 0;
  bool known = true; ///< false: it was gone before it said hello, so nobody knows
};

/// What the owner is told. All run on the I/O thread, never from inside a call of the owner's.
struct child_events
{
  std::function<void(message const&)> on_message; ///< hello included
  std::function<void(exit_status)> on_exit;       ///< once, after the last message; the process is reaped
};

class process_tree;
struct child_record;

class child
{
public:
  child() = default;
  explicit child(std::shared_ptr<child_record> record) : record_(std::move(record)) {}
  child(child&&) noexcept = default;
  child& operator=(child&& other) noexcept;
  ~child();

  explicit operator bool() const { return record_ != nullptr; }
  /// 0 until it has said hello.
  pid_t pid() const;
  /// Failure: it is gone (on_exit follows).
  result<void> send(message const& body, std::initializer_list<int> fds = {});
  /// SIGKILL now, or at its hello. on_exit follows when it has been reaped.
  void kill();
  /// Kills it and forgets the events; the tree still reaps.
  void abandon();

private:
  std::shared_ptr<child_record> record_;
};

} // namespace pilotlight::execute
