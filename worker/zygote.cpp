#include "worker/zygote.hpp"

#include "shared/control_socket.hpp"
#include "worker/libtorch.hpp"
#include "worker/lineage.hpp"
#include "worker/model_zygote.hpp"
#include "worker/packets.hpp"

#include <csignal>
#include <unistd.h>

namespace pilotlight::worker {
namespace {

/// How long nobody must have asked for anything before the zygote spends time on itself.
constexpr auto quiet_ms = 100;

void fork_model_zygote(fork_model const& order, unique_fd socket, family& tree)
{
  auto const side = fork_for(tree.proxy, socket.get());
  if (!side) {
    refuse(socket.get(), side.error().sentence);
    return;
  }
  if (*side == fork_side::child) run_model_zygote(order, std::move(socket), tree);
}

} // namespace

void run_zygote(unique_fd control, process_title& title)
{
  auto tree = family{::getppid(), title};
  die_with(tree.proxy);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  ::setsid(); // a terminal's signals are the proxy's business
  title.set("zygote");
  say(control.get(), hello{::getpid()});
  set_up_libtorch();
  say(control.get(), ready{milliseconds_since_exec(), {}});
  auto warmed_up = false;
  for (;;) {
    // What a first load and a first forward() set up once is paid here, but never while a cold start waits.
    if (!warmed_up && !readable(control.get(), quiet_ms)) {
      warm_libtorch();
      warmed_up = true;
    }
    auto received = next_packet(control.get());
    if (auto const* order = std::get_if<fork_model>(&received.body); order && received.fds.size() == 1)
      fork_model_zygote(*order, std::move(received.fds[0]), tree);
  }
}

} // namespace pilotlight::worker
