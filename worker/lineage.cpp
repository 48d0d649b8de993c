#include "worker/lineage.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pilotlight::worker {
namespace {

/// Until the middle process has exited and the kernel has handed us to the proxy.
void wait_for_parent(pid_t proxy)
{
  auto const pause = timespec{0, 20'000};
  for (auto turn = 0; ::getppid() != proxy; ++turn) {
    if (turn == 100'000) ::_exit(1); // 2 s: the proxy has died meanwhile, or is no subreaper
    if (turn > 20) ::nanosleep(&pause, nullptr);
  }
}

} // namespace

result<void> fit_to_fork()
{
  struct stat tasks = {};
  if (::stat("/proc/self/task", &tasks) != 0)
    return failure{fault::internal, std::string("/proc/self/task: ") + std::strerror(errno)};
  // A directory has two links of its own and one for each folder in it: here one a thread.
  if (auto const threads = tasks.st_nlink - 2; threads != 1)
    return failure{fault::internal, "not fit to fork: " + std::to_string(threads) + " threads instead of one"};
  if (::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD)
    return failure{fault::internal, "not fit to fork: it has a child process"};
  return {};
}

result<fork_side> fork_for(pid_t proxy, int keep_fd)
{
  if (auto const fit = fit_to_fork(); !fit) return fit.error();
  // Written by the middle process in memory it shares with us.
  auto volatile refused = 0;
  auto const middle = ::vfork();
  if (middle < 0) return failure{fault::internal, std::string("fork: ") + std::strerror(errno)};
  if (middle == 0) {
    auto const child = ::fork();
    if (child != 0) {
      if (child < 0) refused = errno;
      ::_exit(0);
    }
    // The child: its memory, this stack too, is its own copy by now.
    wait_for_parent(proxy);
    die_with(proxy);
    close_all_but(keep_fd);
    return fork_side::child;
  }
  while (::waitpid(middle, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (refused != 0) return failure{fault::internal, std::string("fork: ") + std::strerror(refused)};
  return fork_side::parent;
}

void die_with(pid_t proxy)
{
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != proxy) ::_exit(0);
}

void close_all_but(int keep_fd)
{
  auto const keep = static_cast<unsigned>(keep_fd);
  if (keep > 3) ::close_range(3, keep - 1, 0);
  ::close_range(keep < 3 ? 3 : keep + 1, ~0U, 0);
}

} // namespace pilotlight::worker
