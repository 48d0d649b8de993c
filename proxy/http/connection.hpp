// One client connection: its requests one after the other, kept alive, until it closes or is too slow. Owns a socket.
#pragma once
#include "proxy/http/exchange.hpp"
#include "proxy/http/infer.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <memory>

namespace pilotlight::http {

class connection : public std::enable_shared_from_this<connection>,
                   public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
  connection(tcp_socket socket, route::port on, shared_state& shared);

  /// Serves until the end. Whoever spawns it keeps the connection alive meanwhile.
  task<> run();

  /// Too slow, or idle for too long: closes it. Called about once a second.
  void close_if_expired(clock::time_point now);
  /// The proxy drains: close it now if it is between requests, else after its reply.
  void drain();

private:
  using stream_timer = boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>, executor>;

  task<bool> read_head();
  task<bool> serve_one();
  task<bool> serve_control(route::destination const& where);
  task<> stream_events(route::destination where);
  void watch_for_close();
  task<bool> refuse(failure const& why, bool body_unread);
  task<bool> reply(answer what, bool keep_alive);
  task<> linger();
  bool keep_alive() const { return head_.keep_alive && !shared_.draining; }

  wire wire_;
  route::port port_;
  shared_state& shared_;
  head_parser parser_;
  request_head head_;
  infer_exchange infer_;
  bool between_requests_ = true;
  std::unique_ptr<event_reader> events_; ///< while it streams
  bool peer_gone_ = false;               ///< seen while it streams
  stream_timer events_timer_;            ///< cancelled when there is something to write
};

} // namespace pilotlight::http
