#include "proxy/http/connection.hpp"

#include "proxy/oip/infer_reply.hpp"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <spdlog/spdlog.h>

namespace pilotlight::http {

namespace asio = boost::asio;

namespace {

/// After a refusal with data still coming: read and drop for so long, so that the client sees the answer and no reset.
constexpr auto linger_time = std::chrono::seconds(2);
/// Proxies in between cut what is silent for longer; so much, too, is known of a client that has vanished.
constexpr auto heartbeat = std::chrono::seconds(15);
constexpr std::size_t linger_bytes = std::size_t{4} << 20;

} // namespace

connection::connection(tcp_socket socket, route::port on, shared_state& shared)
    : wire_(std::move(socket)), port_(on), shared_(shared), infer_(wire_, shared),
      events_timer_(shared.io.get_executor())
{
}

task<> connection::run()
{
  for (;;) {
    auto const there = co_await read_head();
    if (!there) break;
    between_requests_ = false;
    wire_.no_deadline();
    auto const more = co_await serve_one();
    if (!more || shared_.draining) break;
    between_requests_ = true;
  }
  wire_.close();
}

task<bool> connection::read_head()
{
  auto const& limits = shared_.config.listen;
  wire_.set_deadline(clock::now() + (wire_.unread().empty() ? limits.keep_alive_timeout : limits.header_timeout));
  for (;;) {
    if (!wire_.unread().empty()) {
      auto const parsed = parser_.parse(wire_.unread(), limits.max_header_bytes, head_,
                                        {shared_.config.balancing.hash_header, shared_.config.balancing.zone_header});
      if (!parsed) {
        auto const& why = parsed.error();
        if (auto const size = parser_.body_is_known()) {
          wire_.consume(*size);
          if (co_await refuse(why, true)) continue;
        } else {
          head_.keep_alive = false;
          (void)co_await reply(to_answer(why), false);
          co_await linger();
        }
        co_return false;
      }
      if (*parsed) {
        wire_.consume(**parsed);
        co_return true;
      }
    }
    auto const first_bytes = wire_.unread().empty();
    if (!co_await wire_.fill()) co_return false;
    if (first_bytes) wire_.set_deadline(clock::now() + limits.header_timeout);
  }
}

task<bool> connection::serve_one()
{
  auto const where = route::parse(head_.method, head_.target, port_);
  if (!where) {
    auto const unread = head_.chunked || head_.content_length.value_or(0) != 0;
    co_return co_await refuse(where.error(), unread);
  }
  if (where->where != route::endpoint::model_infer) co_return co_await serve_control(*where);
  auto const done = co_await infer_.run(*where, head_, keep_alive(), weak_from_this());
  switch (done.what) {
  case after::keep: co_return keep_alive();
  case after::close: co_return false;
  case after::refuse: co_return co_await refuse(done.why, false);
  case after::refuse_unread: co_return co_await refuse(done.why, true);
  }
  co_return false;
}

task<bool> connection::serve_control(route::destination const& where)
{
  auto body = std::string();
  if (head_.chunked || head_.content_length.value_or(0) != 0) {
    if (head_.expect_continue && wire_.unread().empty()) {
      auto const part = asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
      if (!co_await wire_.write({&part, 1}, shared_.config.listen.body_timeout)) co_return false;
    }
    auto const got = co_await receive_text(wire_, head_, shared_, body);
    wire_.no_deadline();
    if (got.end == body_end::lost) co_return false;
    if (got.end == body_end::refused) co_return co_await refuse(got.why, true);
  }
  if (where.where == route::endpoint::admin_decision_stream && head_.method != route::method::head) {
    co_await stream_events(where);
    co_return false;
  }
  auto const keep = keep_alive();
  co_return co_await reply(co_await shared_.control(where, std::move(body)), keep) && keep;
}

/// Writes decisions as they are made, until the client goes, is too slow, or the proxy drains.
task<> connection::stream_events(route::destination where)
{
  auto refused = co_await shared_.control(where, {}); // a model that is not there
  if (refused.status != 200) {
    (void)co_await reply(std::move(refused), false);
    co_return;
  }
  auto head = reply_head();
  head.content_type = "text/event-stream";
  head.keep_alive = false;
  head.version = head_.version;
  head.streams = true;
  auto out = std::string();
  append_head(out, head, shared_.date.now());
  events_ = shared_.events.join(std::move(where.model), std::move(where.version), [this] { events_timer_.cancel(); });
  if (shared_.draining) events_->end("shutting_down");
  watch_for_close();
  for (;;) {
    auto const last = events_->ended();
    out += events_->take();
    auto const part = asio::buffer(std::as_const(out));
    auto const sent = out.empty() || co_await wire_.write({&part, 1}, shared_.config.listen.body_timeout);
    wire_.no_deadline();
    out.clear();
    if (!sent || last || peer_gone_) break;
    if (events_->pending()) continue;
    events_timer_.expires_after(heartbeat);
    auto error = boost::system::error_code();
    co_await events_timer_.async_wait(asio::redirect_error(use_task, error));
    if (!error) events_->beat();
  }
  events_.reset();
}

/// A client that closes is noticed at once; what it sends while it listens is dropped.
void connection::watch_for_close()
{
  auto const watched = [self = weak_from_this()](boost::system::error_code error) {
    auto const one = self.lock();
    if (!one || !one->events_) return;
    if (!error && one->wire_.read_available()) {
      one->wire_.consume(one->wire_.unread().size());
      return one->watch_for_close();
    }
    one->peer_gone_ = true;
    one->events_timer_.cancel();
  };
  wire_.socket().async_wait(tcp_socket::wait_read, watched);
}

/// Answers with a failure. The connection stays usable when the body has been read or is little.
task<bool> connection::refuse(failure const& why, bool body_unread)
{
  auto what = to_answer(why);
  if (why.kind == fault::not_allowed) what.allow = route::allowed_methods(head_.target, port_);
  if (!body_unread) co_return co_await reply(what, keep_alive()) && keep_alive();
  auto const known_small = !head_.expect_continue && !head_.chunked && head_.content_length.value_or(0) <= 65'536;
  auto const skipped = known_small && keep_alive() && co_await skip_body(wire_, head_, shared_);
  auto const sent = co_await reply(what, skipped);
  if (skipped && sent) co_return true;
  if (sent) co_await linger();
  co_return false;
}

task<bool> connection::reply(answer what, bool keep)
{
  auto head = reply_head();
  head.status = what.status;
  head.content_length = what.body.size();
  head.content_type = what.body.empty() ? std::string_view() : what.content_type;
  head.keep_alive = keep;
  head.version = head_.version;
  head.retry_after = what.retry_after;
  head.allow = what.allow;
  auto out = std::string();
  append_head(out, head, shared_.date.now());
  auto const parts = std::array{asio::const_buffer(asio::buffer(out)),
                                head_.method == route::method::head ? asio::const_buffer() : asio::buffer(what.body)};
  co_return co_await wire_.write(parts, shared_.config.listen.body_timeout);
}

/// Closing with unread bytes would reset the connection and could destroy the answer on its way.
task<> connection::linger()
{
  auto ignored = boost::system::error_code();
  wire_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  wire_.set_deadline(clock::now() + linger_time);
  auto dropped = std::size_t{0};
  while (dropped < linger_bytes) {
    dropped += wire_.unread().size();
    wire_.consume(wire_.unread().size());
    if (!co_await wire_.fill()) co_return;
  }
}

void connection::close_if_expired(clock::time_point now)
{
  if (!wire_.expired(now)) return;
  // In the middle of a request the client is told; between two it is just closed.
  if (wire_.reading() && (!between_requests_ || !wire_.unread().empty())) {
    auto const slow = to_answer({fault::timeout_reading, "the request came too slowly (listen.header_timeout, "
                                                         "listen.body_timeout)"});
    auto head = reply_head();
    head.status = slow.status;
    head.content_length = slow.body.size();
    head.keep_alive = false;
    auto out = std::string();
    append_head(out, head, shared_.date.now());
    auto const parts = std::array{asio::const_buffer(asio::buffer(out)), asio::const_buffer(asio::buffer(slow.body))};
    (void)wire_.write_at_once(parts);
  }
  wire_.close();
}

void connection::drain()
{
  if (events_) events_->end("shutting_down");
  if (between_requests_ && wire_.unread().empty()) wire_.close();
}

} // namespace pilotlight::http
