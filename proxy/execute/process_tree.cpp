#include "proxy/execute/process_tree.hpp"

#include "proxy/execute/spawn.hpp"

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace pilotlight::execute {

namespace asio = boost::asio;

/// Lives until the process is reaped, however early its `child` is dropped.
struct child_record
{
  child_record(asio::io_context& io, unique_fd fd, child_events what)
      : control(io, fd.release()), events(std::move(what))
  {
  }
  asio::posix::stream_descriptor control; ///< a SOCK_SEQPACKET; Asio only waits on it
  child_events events;
  pid_t pid = 0;
  bool condemned = false; ///< to be killed as soon as its pid is known
  bool finished = false;
};

namespace {

constexpr std::size_t max_unclaimed = 256;

exit_status status_of(siginfo_t const& info)
{
  if (info.si_code == CLD_EXITED) return {0, info.si_status};
  return {info.si_status, 0};
}

/// Our child that has not ended: the pid was not taken over by somebody else.
bool runs_as_our_child(pid_t pid)
{
  auto info = siginfo_t{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

} // namespace

child& child::operator=(child&& other) noexcept
{
  abandon();
  record_ = std::move(other.record_);
  return *this;
}

child::~child()
{
  abandon();
}

pid_t child::pid() const
{
  return record_ ? record_->pid : 0;
}

result<void> child::send(message const& body, std::initializer_list<int> fds)
{
  if (!record_ || record_->finished) return failure{fault::gone, "the process is gone"};
  return send_message(record_->control.native_handle(), body, fds);
}

void child::kill()
{
  if (!record_ || record_->finished) return;
  record_->condemned = true;
  // Ours until we reap it, so the pid cannot be anybody else's.
  if (record_->pid > 0) ::kill(record_->pid, SIGKILL);
}

void child::abandon()
{
  if (!record_) return;
  kill();
  record_->events = {};
  record_.reset();
}

process_tree::process_tree(asio::io_context& io, std::string worker_binary)
    : io_(io), child_signal_(io, SIGCHLD), worker_binary_(std::move(worker_binary))
{
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  wait_for_children();
}

process_tree::~process_tree()
{
  end_all();
}

std::shared_ptr<child_record> process_tree::make_record(unique_fd control, child_events events)
{
  auto record = std::make_shared<child_record>(io_, std::move(control), std::move(events));
  record->control.non_blocking(true);
  records_.push_back(record);
  read_messages(record);
  return record;
}

result<child> process_tree::spawn_zygote(child_events events)
{
  auto pair = make_control_pair();
  if (!pair) return pair.error();
  auto how = spawn_actions();
  // Nothing but its own end: what this process has accepted or opened must not live on in workers.
  how.place(pair->second.get(), 3);
  how.close_from(4);
  auto const pid = spawn(worker_binary_, {"--zygote", "3"}, how);
  if (!pid) return pid.error();
  auto record = make_record(std::move(pair->first), std::move(events));
  record->pid = *pid;
  return child(std::move(record));
}

result<process_tree::adopted> process_tree::adopt(child_events events)
{
  auto pair = make_control_pair();
  if (!pair) return pair.error();
  return adopted{child(make_record(std::move(pair->first), std::move(events))), std::move(pair->second)};
}

result<pid_t> process_tree::spawn_tool(std::vector<std::string> arguments, int in, int out,
                                       std::function<void(exit_status)> on_exit)
{
  auto how = spawn_actions();
  in >= 0 ? how.place(in, 0) : how.open_null(0);
  out >= 0 ? how.place(out, 1) : how.open_null(1);
  how.close_from(3);
  auto pid = spawn(worker_binary_, std::move(arguments), how);
  if (pid) tools_.emplace(*pid, std::move(on_exit));
  return pid;
}

void process_tree::read_messages(std::shared_ptr<child_record> const& record)
{
  record->control.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this, record](boost::system::error_code error) {
                               if (error || record->finished) return;
                               for (;;) {
                                 auto got = receive_message(record->control.native_handle());
                                 if (!got) {
                                   // A known process is finished by its reaping; one that never said hello can only be
                                   // missed.
                                   if (record->pid == 0)
                                     miss(record);
                                   else if (got.error().kind != fault::gone)
                                     ::kill(record->pid, SIGKILL);
                                   return;
                                 }
                                 if (!*got) break;
                                 auto const& body = (*got)->body;
                                 if (auto const* greeting = std::get_if<hello>(&body)) say_hello(record, greeting->pid);
                                 if (record->events.on_message) record->events.on_message(body);
                                 if (record->finished) return;
                               }
                               read_messages(record);
                             });
}

void process_tree::say_hello(std::shared_ptr<child_record> const& record, pid_t pid)
{
  if (record->pid != 0) return; // a zygote: known from its spawn
  if (runs_as_our_child(pid)) {
    unclaimed_.erase(pid);
    record->pid = pid;
    if (record->condemned) ::kill(pid, SIGKILL);
    return;
  }
  // Ended between its hello and our reading of it: reaped already, or about to be.
  if (auto const found = unclaimed_.find(pid); found != unclaimed_.end()) {
    auto const how = found->second;
    unclaimed_.erase(found);
    record->pid = pid;
    asio::post(io_, [this, record, how] { finish(record, how); });
    return;
  }
  record->pid = pid;
  asio::post(io_, [this] { reap(); });
}

void process_tree::miss(std::shared_ptr<child_record> const& record)
{
  // Its parent has most likely died with the order unread; wait until that end is known, for it tells why.
  auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::milliseconds(10));
  timer->async_wait([this, record, timer](boost::system::error_code) {
    reap();
    finish(record, {0, 0, false});
  });
}

void process_tree::finish(std::shared_ptr<child_record> const& record, exit_status how)
{
  if (record->finished) return;
  // Last words first: what it sent before it died is still in the socket.
  while (record->events.on_message) {
    auto got = receive_message(record->control.native_handle());
    if (!got || !*got) break;
    if (!std::holds_alternative<hello>((*got)->body)) record->events.on_message((*got)->body);
  }
  record->finished = true;
  auto ignored = boost::system::error_code();
  record->control.close(ignored);
  std::erase(records_, record);
  auto const events = std::exchange(record->events, {});
  if (events.on_exit) events.on_exit(how);
}

void process_tree::wait_for_children()
{
  child_signal_.async_wait([this](boost::system::error_code error, int) {
    if (error) return;
    reap();
    wait_for_children();
  });
}

void process_tree::reap()
{
  for (;;) {
    auto info = siginfo_t{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
    auto const how = status_of(info);
    if (auto const tool = tools_.find(info.si_pid); tool != tools_.end()) {
      auto const on_exit = std::move(tool->second);
      tools_.erase(tool);
      if (on_exit) on_exit(how);
      continue;
    }
    auto const found =
        std::find_if(records_.begin(), records_.end(), [&](auto const& record) { return record->pid == info.si_pid; });
    if (found != records_.end()) {
      finish(std::shared_ptr(*found), how);
      continue;
    }
    // A middle process of a double fork whose parent died, or a child whose hello we have yet to read.
    if (unclaimed_.size() >= max_unclaimed) unclaimed_.clear();
    unclaimed_[info.si_pid] = how;
  }
}

std::size_t process_tree::alive() const
{
  return records_.size() + tools_.size();
}

void process_tree::end_all()
{
  auto ignored = boost::system::error_code();
  child_signal_.cancel(ignored);
  for (auto const& record : records_) {
    record->events = {};
    record->finished = true;
    if (record->pid > 0) ::kill(record->pid, SIGKILL);
    // One that has not said hello yet reads the end of its socket and exits.
    record->control.close(ignored);
  }
  for (auto const& [pid, on_exit] : tools_)
    ::kill(pid, SIGKILL);
  records_.clear();
  tools_.clear();
  // Until nobody is left; what a zygote forked in its last moment ends by its closed socket.
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

} // namespace pilotlight::execute
