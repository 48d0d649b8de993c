// Which processes of ours exist, and how did they end? Starts the zygote by exec, adopts what is forked further down
// (every descendant re-parents itself to this subreaper), and reaps them all. Owns processes. I/O thread only, and
// that is the main thread: a child's parent-death signal fires when the thread dies that started it.
#pragma once
#include "proxy/execute/child.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <string>
#include <unordered_map>
#include <vector>

namespace pilotlight::execute {

class process_tree
{
public:
  /// Becomes a subreaper. `worker_binary` is exec'd for zygotes.
  process_tree(boost::asio::io_context& io, std::string worker_binary);
  ~process_tree();

  /// Execs a zygote. Failure: the binary cannot be started.
  result<child> spawn_zygote(child_events events);
  /// A process yet to be forked by another one: its control pair. The peer's end goes along with fork_model or
  /// fork_instance.
  struct adopted
  {
    child process;
    unique_fd peer;
  };
  result<adopted> adopt(child_events events);

  /// Execs the worker with these arguments, its standard input and output on the given descriptors (-1: /dev/null); the
  /// exit is reported like a child's. For one-shot roles (--describe, --unpack).
  result<pid_t> spawn_tool(std::vector<std::string> arguments, int in, int out,
                           std::function<void(exit_status)> on_exit);

  /// Processes not yet reaped (tools included).
  std::size_t alive() const;
  /// Kills and reaps everything, blocking. For the end of the program.
  void end_all();

private:
  friend class child;
  friend struct child_record;
  void wait_for_children();
  void reap();
  void read_messages(std::shared_ptr<child_record> const& record);
  void say_hello(std::shared_ptr<child_record> const& record, pid_t pid);
  void miss(std::shared_ptr<child_record> const& record);
  void finish(std::shared_ptr<child_record> const& record, exit_status how);
  std::shared_ptr<child_record> make_record(unique_fd control, child_events events);

  boost::asio::io_context& io_;
  boost::asio::signal_set child_signal_;
  std::string worker_binary_;
  std::vector<std::shared_ptr<child_record>> records_;
  std::unordered_map<pid_t, std::function<void(exit_status)>> tools_;
  /// Ends of processes that were reaped before their hello was read (or that were none of ours to know).
  std::unordered_map<pid_t, exit_status> unclaimed_;
};

} // namespace pilotlight::execute
