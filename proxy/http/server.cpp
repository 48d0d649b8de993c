#include "proxy/http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <spdlog/spdlog.h>
#include <stdexcept>

namespace pilotlight::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto sweep_interval = std::chrono::seconds(1);
/// After "too many open files": the kernel would say it again at once.
constexpr auto accept_pause = std::chrono::milliseconds(100);

} // namespace

server::server(asio::io_context& io, endpoint const& where, char const* key, route::port kind, shared_state& shared)
    : io_(io), acceptor_(io), kind_(kind), shared_(shared), sweep_timer_(io)
{
  try {
    // A number or a name such as localhost; the first address of a name.
    auto const address = tcp::resolver(io).resolve(where.host, std::to_string(where.port)).begin()->endpoint();
    acceptor_.open(address.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(address);
    acceptor_.listen();
  } catch (boost::system::system_error const& error) {
    throw std::runtime_error(std::string(key) + ": cannot listen on " + where.host + ":" + std::to_string(where.port) +
                             ": " + error.code().message());
  }
}

void server::start()
{
  asio::co_spawn(io_, accept(), asio::detached);
}

task<> server::accept()
{
  for (;;) {
    auto error = boost::system::error_code();
    auto socket = co_await acceptor_.async_accept(asio::redirect_error(use_task, error));
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
    if (error) {
      spdlog::warn("accept: {}", error.message());
      auto pause =
          asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>(io_.get_executor(), accept_pause);
      co_await pause.async_wait(asio::redirect_error(use_task, error));
      continue;
    }
    if (open_ >= shared_.config.listen.max_connections) {
      spdlog::warn("connection refused: listen.max_connections = {} are open", open_);
      continue; // closed by its destructor
    }
    ++open_;
    auto one = std::shared_ptr<connection>(new connection(std::move(socket), kind_, shared_), [this](connection* gone) {
      --open_;
      delete gone;
    });
    connections_.push_back(*one);
    asio::co_spawn(io_, one->run(), [one](std::exception_ptr const& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
    sweep();
  }
}

/// Looks once a second for connections whose deadline has passed; not at all while there is none.
void server::sweep()
{
  if (sweeping_ || connections_.empty()) return;
  sweeping_ = true;
  sweep_timer_.expires_after(sweep_interval);
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    sweeping_ = false;
    if (error) return;
    auto const now = clock::now();
    for (auto& each : connections_)
      each.close_if_expired(now);
    sweep();
  });
}

void server::drain()
{
  auto ignored = boost::system::error_code();
  acceptor_.close(ignored);
  for (auto& each : connections_)
    each.drain();
}

} // namespace pilotlight::http
