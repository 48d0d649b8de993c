#include "proxy/execute/zygote.hpp"

#include <spdlog/spdlog.h>

namespace pilotlight::execute {

result<void> zygote::ensure()
{
  if (process_) return {};
  auto events = child_events();
  events.on_message = [this](message const& body) {
    if (!std::holds_alternative<ready>(body)) return;
    ready_ = true;
    last_fault_.clear();
    start_time_ = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_);
    spdlog::debug("zygote ready after {} ms", start_time_.count());
  };
  events.on_exit = [this](exit_status how) { ended(how); };
  begun_ = std::chrono::steady_clock::now();
  ready_ = false;
  auto process = tree_.spawn_zygote(std::move(events));
  if (!process) return process.error();
  process_ = std::move(*process);
  spdlog::debug("zygote started, pid {}", process_.pid());
  return {};
}

result<void> zygote::fork(fork_model const& what, unique_fd peer)
{
  if (auto there = ensure(); !there) return there;
  if (process_.send(what, {peer.get()})) return {};
  // It has died and its end has yet to be reported: the next one takes the order.
  process_ = {};
  if (auto there = ensure(); !there) return there;
  return process_.send(what, {peer.get()});
}

void zygote::stop()
{
  wanted_ = false;
  process_ = {}; // the tree kills and reaps it; a new one may start meanwhile
}

void zygote::replace()
{
  spdlog::warn("zygote (pid {}) does not fork: it is ended, and another one is started", process_.pid());
  process_ = {};
  if (!wanted_) return;
  if (auto const again = ensure(); !again) spdlog::error("{}", again.error().sentence);
}

void zygote::ended(exit_status how)
{
  process_ = {};
  if (!ready_ && how.signal != SIGKILL)
    last_fault_ = how.signal ? "the zygote died of signal " + std::to_string(how.signal) + " before it was ready"
                             : "the zygote exited with code " + std::to_string(how.code) + " before it was ready";
  if (!wanted_) return;
  spdlog::warn("zygote ended (signal {}, code {})", how.signal, how.code);
  // One that cannot even start is tried again by the next start, under that model's breaker.
  if (ready_ || how.signal == SIGKILL) {
    if (auto const again = ensure(); !again) spdlog::error("{}", again.error().sentence);
  }
}

} // namespace pilotlight::execute
