// Who may connect, and where? One listening port and its connections. Owns sockets. I/O thread only.
#pragma once
#include "proxy/http/connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>

namespace pilotlight::http {

class server
{
public:
  /// Binds and listens. Throws (start-up) a std::runtime_error naming `key`, the address and the reason.
  server(boost::asio::io_context& io, endpoint const& where, char const* key, route::port kind, shared_state& shared);

  /// Accepts from now on.
  void start();
  /// Accepts no more, closes idle connections; the others close after their reply.
  void drain();
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::size_t connections() const { return connections_.size(); }

private:
  using acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, executor>;
  using connection_list = boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>>;

  task<> accept();
  void sweep();

  boost::asio::io_context& io_;
  acceptor acceptor_;
  route::port kind_;
  shared_state& shared_;
  boost::asio::steady_timer sweep_timer_;
  bool sweeping_ = false;
  std::size_t open_ = 0;
  connection_list connections_;
};

} // namespace pilotlight::http
