#include "proxy/http/wire.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>

namespace pilotlight::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_size = 4096;
constexpr std::size_t max_parts = 64;

} // namespace

wire::wire(tcp_socket socket) : socket_(std::move(socket))
{
  auto ignored = boost::system::error_code();
  socket_.non_blocking(true, ignored);
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

std::string_view wire::unread() const
{
  auto const data = in_.cdata();
  return {static_cast<char const*>(data.data()), data.size()};
}

task<bool> wire::fill()
{
  auto error = boost::system::error_code();
  reading_ = true;
  auto const got = co_await socket_.async_read_some(in_.prepare(read_size), asio::redirect_error(use_task, error));
  reading_ = false;
  if (error) co_return false;
  in_.commit(got);
  co_return true;
}

bool wire::read_available()
{
  auto error = boost::system::error_code();
  auto const got = socket_.read_some(in_.prepare(read_size), error);
  if (error == asio::error::would_block) return true;
  if (error) return false;
  in_.commit(got);
  return true;
}

task<bool> wire::read_exactly(std::span<std::byte> target, std::chrono::milliseconds patience)
{
  auto const there = std::min(in_.size(), target.size());
  if (there != 0) std::memcpy(target.data(), in_.cdata().data(), there);
  in_.consume(there);
  target = target.subspan(there);
  while (!target.empty()) {
    set_deadline(clock::now() + patience);
    auto error = boost::system::error_code();
    reading_ = true;
    auto const got = co_await socket_.async_read_some(asio::buffer(target.data(), target.size()),
                                                      asio::redirect_error(use_task, error));
    reading_ = false;
    if (error) co_return false;
    target = target.subspan(got);
  }
  co_return true;
}

std::optional<std::size_t> wire::write_at_once(std::span<asio::const_buffer const> parts)
{
  auto vectors = std::array<iovec, max_parts>();
  auto count = std::size_t{0};
  for (; count < std::min(parts.size(), max_parts); ++count)
    vectors[count] = {const_cast<void*>(parts[count].data()), parts[count].size()};
  auto message = msghdr();
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  for (;;) {
    auto const sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) return std::nullopt;
  }
}

task<bool> wire::write(std::span<asio::const_buffer const> parts, std::chrono::milliseconds patience)
{
  auto first = write_at_once(parts);
  if (!first) co_return false;
  auto rest = std::vector<asio::const_buffer>(); // only allocates when something is left
  for (auto const& part : parts) {
    auto const gone = std::min(*first, part.size());
    *first -= gone;
    if (gone < part.size()) rest.push_back(part + gone);
  }
  auto next = std::span<asio::const_buffer>(rest);
  while (!next.empty()) {
    set_deadline(clock::now() + patience);
    auto error = boost::system::error_code();
    auto sent = co_await socket_.async_write_some(next, asio::redirect_error(use_task, error));
    if (error) co_return false;
    while (!next.empty() && sent >= next.front().size()) {
      sent -= next.front().size();
      next = next.subspan(1);
    }
    if (!next.empty()) next.front() += sent;
  }
  co_return true;
}

void wire::close()
{
  auto ignored = boost::system::error_code();
  socket_.close(ignored);
}

} // namespace pilotlight::http
