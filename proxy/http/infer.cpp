#include "proxy/http/infer.hpp"

#include "proxy/balance/hash_key.hpp"
#include "proxy/http/compression.hpp"
#include "proxy/http/offload.hpp"
#include "proxy/oip/input_check.hpp"
#include "proxy/pool/model.hpp"

#include <algorithm>
#include <charconv>

namespace pilotlight::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t compress_from = 1024;  ///< smaller replies are not worth it
constexpr std::size_t max_ahead = 64 * 1024; ///< pipelined bytes read while a request waits
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

result<std::optional<std::chrono::milliseconds>> header_timeout(request_head const& head)
{
  if (!head.has_request_timeout) return std::optional<std::chrono::milliseconds>();
  auto const& text = head.request_timeout_ms;
  auto value = std::uint64_t{0};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > 86'400'000)
    return failure{fault::bad_request,
                   "X-Request-Timeout-Ms must be a whole number of milliseconds from 1 to 86400000"};
  return std::optional(std::chrono::milliseconds(value));
}

timings timings_of(pool::request_times const& times, bool cold)
{
  auto result = timings();
  result.queue = times.queue;
  result.compute = times.input + times.compute + times.output;
  if (!cold) {
    result.queue += times.hold;
    return result;
  }
  result.hold = times.hold;
  result.spawn = times.start.spawn;
  result.load = times.start.load;
  result.warmup = times.start.warmup;
  return result;
}

} // namespace

task<infer_result> infer_exchange::run(route::destination const& where, request_head const& head, bool keep_alive,
                                       std::weak_ptr<void> owner)
{
  owner_ = std::move(owner);
  auto const found = shared_.fleet.find(where.model, where.version);
  if (!found) co_return infer_result{after::refuse_unread, found.error()};
  if (!head.chunked && !head.content_length)
    co_return infer_result{after::refuse,
                           {fault::length_required, "an infer request needs a body: send Content-Length or "
                                                    "Transfer-Encoding: chunked"}};
  auto& model = **found;
  auto const limit = shared_.config.listen.max_body_bytes;
  if (head.content_length.value_or(0) > limit)
    co_return infer_result{
        after::refuse_unread,
        {fault::too_large, "the request's body is larger than listen.max_body_bytes (" + std::to_string(limit) + ")"}};
  auto admitted = model.admit(static_cast<std::size_t>(head.content_length.value_or(0)));
  if (!admitted) co_return infer_result{after::refuse_unread, admitted.error()};
  ticket_ = std::move(*admitted);
  if (head.expect_continue && wire_.unread().empty()) {
    auto const part = asio::buffer(go_on);
    if (!co_await wire_.write({&part, 1}, shared_.config.listen.body_timeout)) {
      ticket_.give_up();
      co_return infer_result{after::close, {}};
    }
  }
  {
    auto received = received_body();
    auto const body = co_await receive_infer_body(wire_, head, shared_, *ticket_, received);
    wire_.no_deadline();
    if (body.end != body_end::complete) {
      ticket_.give_up();
      auto const next = body.end == body_end::lost       ? after::close
                        : body.end == body_end::unusable ? after::refuse
                                                         : after::refuse_unread;
      co_return infer_result{next, body.why};
    }
    auto const prepared = prepare(*ticket_, head, received);
    wire_.consume(received.unread);
    if (!prepared) {
      ticket_.give_up();
      co_return infer_result{after::refuse, prepared.error()};
    }
  }
  ticket_->watch = this;
  model.enqueue(*ticket_);
  if (ticket_->phase != pool::phase::done) co_await ticket_->done.async_wait(use_task);
  stop_watching();
  auto const outcome = co_await answer(head, keep_alive);
  ticket_.give_up();
  co_return outcome;
}

/// Parses the body into the request's table and sets its deadline.
result<void> infer_exchange::prepare(pool::pending& request, request_head const& head, received_body& received)
{
  auto const& spec = request.owner->spec();
  auto const allocate = [&request](std::size_t bytes) -> result<oip::arena_space> {
    auto block = request.owner->allocate(bytes);
    if (!block) return block.error();
    auto const space = oip::arena_space{block->memory(), block->offset()};
    request.blocks.push_back(std::move(*block));
    return space;
  };
  if (auto parsed = oip::parse_infer_request(shared_.parser, received.body, request.owner->known_inputs(),
                                             spec.description.arguments, allocate, request_);
      !parsed)
    return parsed;
  if (auto known = oip::check_outputs(request_.outputs, request.owner->known_outputs()); !known) return known;
  auto const by_header = header_timeout(head);
  if (!by_header) return by_header.error();
  request.table_offset = request_.table_offset;
  request.table_length = request_.table_length;
  request.sequence_id = request_.sequence.id;
  request.sequence_start = request_.sequence.start;
  request.sequence_end = request_.sequence.end;
  request.balance_key = balance::hash_key(head.balance_key.empty() ? request_.sequence.id : head.balance_key);
  auto const& zones = shared_.fleet.zones();
  if (zones.size() > 1) {
    auto error = boost::system::error_code();
    request.zone = zones.of_client(head.zone, wire_.socket().remote_endpoint(error).address());
  }
  auto allowed = std::chrono::microseconds(spec.toml.limits.request_timeout);
  if (request_.timeout && request_.timeout->count() > 0) allowed = std::min(allowed, *request_.timeout);
  if (*by_header) allowed = std::min(allowed, std::chrono::microseconds(**by_header));
  request.deadline = request.times.arrived + allowed;
  return {};
}

task<infer_result> infer_exchange::answer(request_head const& head, bool keep_alive)
{
  auto& request = *ticket_;
  if (request.error) {
    if (request.error->kind == fault::cancelled) co_return infer_result{after::close, {}};
    co_return infer_result{after::refuse, *request.error};
  }
  auto const& spec = request.owner->spec();
  auto const rendered = oip::render_infer_reply(spec.name, spec.version, request_, request.answer.outputs,
                                                request.answer.block.arena(), rendered_);
  if (!rendered) co_return infer_result{after::refuse, rendered.error()};
  request.owner->saw(request_.table, request.answer.outputs);
  if (rendered_.binary.empty()) request.answer.block.reset();
  auto const sent = co_await send(head, keep_alive);
  co_return infer_result{sent ? after::keep : after::close, {}};
}

task<bool> infer_exchange::send(request_head const& head, bool keep_alive)
{
  auto& request = *ticket_;
  auto reply = reply_head();
  auto const timing = timings_of(request.times, request.cold);
  reply.keep_alive = keep_alive;
  reply.version = head.version;
  reply.cold_start = request.cold;
  reply.timing = &timing;
  if (rendered_.has_binary) reply.inference_header_length = rendered_.json.size();
  auto body = std::vector<std::span<std::byte const>>();
  reply.content_length = rendered_.json.size();
  for (auto const& piece : rendered_.binary)
    reply.content_length += piece.size();
  auto packed = std::string();
  if (!head.accept_encoding.empty() && reply.content_length >= compress_from) {
    auto const format = pick_encoding(head.accept_encoding);
    if (format && *format != encoding::identity) {
      body.push_back(std::as_bytes(std::span(rendered_.json)));
      body.insert(body.end(), rendered_.binary.begin(), rendered_.binary.end());
      packed = co_await offload(shared_, reply.content_length, [&] { return compress(*format, body); });
      reply.content_length = packed.size();
      reply.content_encoding = *format;
      request.answer.block.reset();
    }
  }
  out_.clear();
  append_head(out_, reply, shared_.date.now());
  parts_.clear();
  parts_.emplace_back(asio::buffer(out_));
  if (reply.content_encoding != encoding::identity) {
    parts_.emplace_back(asio::buffer(packed));
  } else {
    parts_.emplace_back(asio::buffer(rendered_.json));
    for (auto const& piece : rendered_.binary)
      parts_.emplace_back(piece.data(), piece.size());
  }
  auto const patience = shared_.config.listen.body_timeout;
  if (!request.answer.block) co_return co_await wire_.write(parts_, patience);
  // Straight from the reply arena while the client keeps up; one that does not must not starve the model of room.
  auto const first = wire_.write_at_once(parts_);
  if (!first) co_return false;
  auto gone = *first;
  auto rest = std::vector<asio::const_buffer>();
  for (auto const& part : parts_) {
    auto const taken = std::min(gone, part.size());
    gone -= taken;
    if (taken < part.size()) rest.push_back(part + taken);
  }
  if (rest.empty()) co_return true;
  auto spilled = std::string();
  if (request.answer.block.scarce()) {
    spilled.reserve(asio::buffer_size(rest));
    for (auto const& part : rest)
      spilled.append(static_cast<char const*>(part.data()), part.size());
    request.answer.block.reset();
    rest = {asio::buffer(spilled)};
  }
  co_return co_await wire_.write(rest, patience);
}

void infer_exchange::begin()
{
  watching_ = true;
  watch();
}

/// Waits for the socket to say something: the end, or a pipelined request, which is kept for later, and the end behind
/// it.
void infer_exchange::watch()
{
  wire_.socket().async_wait(tcp_socket::wait_read, [this, owner = owner_](boost::system::error_code error) {
    auto const alive = owner.lock();
    if (!alive || error || !watching_) return;
    if (!wire_.read_available()) {
      watching_ = false;
      ticket_->owner->fail(*ticket_, {fault::cancelled, "the client has gone"});
      return;
    }
    if (wire_.unread().size() < max_ahead) watch();
  });
}

void infer_exchange::stop_watching()
{
  if (ticket_) ticket_->watch = nullptr;
  if (!std::exchange(watching_, false)) return;
  auto ignored = boost::system::error_code();
  wire_.socket().cancel(ignored);
}

} // namespace pilotlight::http
