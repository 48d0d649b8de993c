// Who is to be resumed when a request has its answer? One waiting coroutine (or callback) at most. I/O thread only.
#pragma once
#include <boost/asio/async_result.hpp>
#include <memory>
#include <utility>

namespace pilotlight::pool {

class waiter
{
public:
  /// Completes with no argument at the next wake().
  template <class Token>
  auto async_wait(Token&& token)
  {
    return boost::asio::async_initiate<Token, void()>(
        [this](auto handler) { stored_ = std::make_unique<holder<decltype(handler)>>(std::move(handler)); }, token);
  }

  /// Resumes whoever waits, before it returns. Nobody waits: nothing happens.
  void wake()
  {
    if (auto const stored = std::move(stored_)) stored->resume();
  }

private:
  struct resumable
  {
    virtual ~resumable() = default;
    virtual void resume() = 0;
  };
  template <class Handler>
  struct holder final : resumable
  {
    explicit holder(Handler&& what) : handler(std::move(what)) {}
    void resume() override { std::move(handler)(); }
    Handler handler;
  };
  std::unique_ptr<resumable> stored_;
};

} // namespace pilotlight::pool
