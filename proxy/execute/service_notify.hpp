// What does systemd hear of us? READY, STOPPING and the watchdog, over libsystemd; silent when not run by systemd.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace pilotlight::execute {

class service_notify
{
public:
  explicit service_notify(boost::asio::io_context& io) : timer_(io) {}

  /// Requests are taken now. Also starts the watchdog's beat, at half its interval, if the unit asks for one: it beats
  /// from the I/O loop, so a loop that hangs is found.
  void ready();
  void stopping();

private:
  void beat();

  boost::asio::steady_timer timer_;
  std::chrono::microseconds interval_{0};
};

} // namespace pilotlight::execute
