// Work that would keep the I/O thread too long goes to the background pool and comes back by post. Blocks nobody.
#pragma once
#include "proxy/http/exchange.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <optional>

namespace pilotlight::http {

/// Bytes below which doing it here is quicker than asking.
inline constexpr std::size_t offload_from = std::size_t{64} << 10;

/// What `work` returns; run in the background when `bytes` is large. The caller's frame (and so what `work` refers to)
/// stays until it is done.
template <class Work>
task<std::invoke_result_t<Work>> offload(shared_state& shared, std::size_t bytes, Work work)
{
  if (bytes < offload_from) co_return work();
  auto outcome = std::optional<std::invoke_result_t<Work>>();
  auto initiate = [&shared, &outcome, &work](auto handler) {
    auto kept = std::make_shared<decltype(handler)>(std::move(handler));
    boost::asio::post(shared.background, [&shared, &outcome, &work, kept] {
      outcome.emplace(work());
      boost::asio::post(shared.io, [kept] { std::move (*kept)(); });
    });
  };
  co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<executor> const, void()>(initiate, use_task);
  co_return std::move(*outcome);
}

} // namespace pilotlight::http
