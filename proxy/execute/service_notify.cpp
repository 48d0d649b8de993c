#include "proxy/execute/service_notify.hpp"

#include <systemd/sd-daemon.h>

namespace pilotlight::execute {

void service_notify::ready()
{
  ::sd_notify(0, "READY=1");
  auto watchdog = std::uint64_t{0};
  if (::sd_watchdog_enabled(0, &watchdog) <= 0) return;
  interval_ = std::chrono::microseconds(watchdog / 2);
  beat();
}

void service_notify::beat()
{
  ::sd_notify(0, "WATCHDOG=1");
  timer_.expires_after(interval_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) beat();
  });
}

void service_notify::stopping()
{
  ::sd_notify(0, "STOPPING=1");
}

} // namespace pilotlight::execute
