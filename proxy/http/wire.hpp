// The bytes of one connection: a socket that never blocks, what has been read and not used yet, and a deadline that any
// progress may push on. Owns a socket. I/O thread only.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace pilotlight::http {

/// The executor is named everywhere: a type-erased one costs on every operation.
using executor = boost::asio::io_context::executor_type;
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;
template <class T = void>
using task = boost::asio::awaitable<T, executor>;
inline constexpr boost::asio::use_awaitable_t<executor> use_task{};
using clock = std::chrono::steady_clock;

class wire
{
public:
  explicit wire(tcp_socket socket);

  /// What has been read and not consumed.
  std::string_view unread() const;
  void consume(std::size_t bytes) { in_.consume(bytes); }
  /// Makes at least `bytes` behind unread() readable memory (simdjson looks beyond the end). May move unread().
  void pad(std::size_t bytes) { (void)in_.prepare(bytes); }

  /// Reads more into unread(). False: the peer has closed or the connection is broken.
  task<bool> fill();
  /// Reads exactly so many bytes into `target`, first those unread. Each progress gives `patience` more time.
  task<bool> read_exactly(std::span<std::byte> target, std::chrono::milliseconds patience);
  /// Writes all. A first attempt is made at once, so that small replies cost one system call and no turn of the loop.
  task<bool> write(std::span<boost::asio::const_buffer const> parts, std::chrono::milliseconds patience);
  /// The first attempt alone: how many bytes went out at once; nothing when the connection is broken.
  std::optional<std::size_t> write_at_once(std::span<boost::asio::const_buffer const> parts);
  /// Reads what is there now without waiting. False: the peer has closed.
  bool read_available();

  tcp_socket& socket() { return socket_; }
  void close();
  void set_deadline(clock::time_point when) { deadline_ = when; }
  void no_deadline() { deadline_ = clock::time_point::max(); }
  bool expired(clock::time_point now) const { return deadline_ < now; }
  /// It waits for the peer to send, not to read.
  bool reading() const { return reading_; }

private:
  tcp_socket socket_;
  boost::beast::flat_buffer in_;
  clock::time_point deadline_ = clock::time_point::max();
  bool reading_ = false;
};

} // namespace pilotlight::http
