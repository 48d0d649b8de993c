#include "proxy/http/request_body.hpp"

#include "proxy/http/chunked_decoder.hpp"
#include "proxy/http/compression.hpp"
#include "proxy/http/offload.hpp"
#include "proxy/pool/model.hpp"

#include <cstring>

namespace pilotlight::http {
namespace {

constexpr std::size_t padding = 64; ///< readable bytes that the JSON parser wants behind a text
constexpr std::size_t max_text = std::size_t{1} << 20;
constexpr std::size_t max_skipped = std::size_t{256} << 10;
constexpr std::size_t max_inline = std::size_t{64} << 10; ///< JSON bodies up to here are parsed where they were read

body_result refused(failure why)
{
  return {body_end::refused, std::move(why)};
}
body_result unusable(failure why)
{
  return {body_end::unusable, std::move(why)};
}

body_result lost()
{
  return {body_end::lost, {}};
}

failure too_large(std::size_t limit)
{
  return {fault::too_large, "the request's body is larger than listen.max_body_bytes (" + std::to_string(limit) + ")"};
}

/// Splits `bytes` in the arena block at `at` into JSON and binary.
void split(received_body& to, std::span<std::byte> bytes, std::size_t json_length, std::uint64_t offset)
{
  to.body.json = {reinterpret_cast<char const*>(bytes.data()), json_length};
  to.body.binary = bytes.subspan(json_length);
  to.body.binary_offset = offset + json_length;
}

/// A block for a body of `length`, and how far into it the body starts so that what follows its JSON is aligned.
struct place
{
  std::span<std::byte> bytes;
  std::uint64_t offset = 0;
};

result<place> place_in_arena(pool::pending& request, std::size_t json_length, std::size_t length)
{
  auto const gap = (tensor_alignment - json_length % tensor_alignment) % tensor_alignment;
  auto block = request.owner->allocate(gap + length + padding);
  if (!block) return block.error();
  auto const spot = place{block->memory().subspan(gap, length), block->offset() + gap};
  request.blocks.push_back(std::move(*block));
  return spot;
}

/// A body of known length and identity encoding that has a binary part: from the socket into its final place.
task<body_result> receive_into_arena(wire& from, request_head const& head, shared_state& shared, pool::pending& request,
                                     received_body& to)
{
  auto const length = static_cast<std::size_t>(*head.content_length);
  auto const json_length = oip::parse_header_length(head.inference_header_length, length);
  if (!json_length) co_return refused(json_length.error());
  auto spot = place_in_arena(request, *json_length, length);
  if (!spot) co_return refused(spot.error());
  if (!co_await from.read_exactly(spot->bytes, shared.config.listen.body_timeout)) co_return lost();
  split(to, spot->bytes, *json_length, spot->offset);
  co_return body_result();
}

/// A plain JSON body of known length: parsed on the wire when small, else from memory that commits as bytes come.
task<body_result> receive_json(wire& from, request_head const& head, shared_state& shared, received_body& to)
{
  auto const length = static_cast<std::size_t>(*head.content_length);
  if (length <= max_inline) {
    while (from.unread().size() < length) {
      from.set_deadline(clock::now() + shared.config.listen.body_timeout);
      if (!co_await from.fill()) co_return lost();
    }
    from.pad(padding);
    to.body.json = from.unread().substr(0, length);
    to.unread = length;
    co_return body_result();
  }
  to.memory = std::make_unique_for_overwrite<char[]>(length + padding);
  auto const bytes = std::as_writable_bytes(std::span(to.memory.get(), length));
  if (!co_await from.read_exactly(bytes, shared.config.listen.body_timeout)) co_return lost();
  to.body.json = {to.memory.get(), length};
  co_return body_result();
}

/// Any body as it comes, dechunked, at most `limit` bytes of payload.
task<body_result> collect(wire& from, request_head const& head, shared_state& shared, std::size_t limit,
                          std::string& to, pool::pending* request = nullptr)
{
  if (!head.chunked) {
    auto const length = static_cast<std::size_t>(head.content_length.value_or(0));
    if (length > limit) co_return refused(too_large(limit));
    while (to.size() < length) {
      if (from.unread().empty()) {
        from.set_deadline(clock::now() + shared.config.listen.body_timeout);
        if (!co_await from.fill()) co_return lost();
      }
      auto const piece = from.unread().substr(0, length - to.size());
      to.append(piece);
      from.consume(piece.size());
    }
    co_return body_result();
  }
  auto decoder = chunked_decoder(limit);
  for (;;) {
    auto const used = decoder.feed(from.unread(), to);
    if (!used) co_return refused(used.error());
    from.consume(*used);
    if (decoder.done()) co_return body_result();
    if (request) {
      auto const charged = request->owner->charge(*request, to.size());
      if (!charged) co_return refused(charged.error());
    }
    from.set_deadline(clock::now() + shared.config.listen.body_timeout);
    if (!co_await from.fill()) co_return lost();
  }
}

result<std::string> inflate(encoding format, std::string const& body, std::size_t limit)
{
  auto stream = inflater(format, limit);
  if (auto const fed = stream.feed(std::as_bytes(std::span(body))); !fed) return fed.error();
  if (auto const whole = stream.finish(); !whole) return whole.error();
  auto const out = stream.output();
  return std::string(reinterpret_cast<char const*>(out.data()), out.size());
}

/// A collected body: its binary part, if it has one, is copied once into the arena.
result<void> take_apart(request_head const& head, pool::pending& request, received_body& to)
{
  auto const length = to.collected.size();
  to.collected.reserve(length + padding);
  if (!head.has_inference_header_length) {
    to.body.json = to.collected;
    return {};
  }
  auto const json_length = oip::parse_header_length(head.inference_header_length, length);
  if (!json_length) return json_length.error();
  auto spot = place_in_arena(request, *json_length, length);
  if (!spot) return spot.error();
  std::memcpy(spot->bytes.data(), to.collected.data(), length);
  split(to, spot->bytes, *json_length, spot->offset);
  return {};
}

} // namespace

task<body_result> receive_infer_body(wire& from, request_head const& head, shared_state& shared, pool::pending& request,
                                     received_body& to)
{
  auto const limit = shared.config.listen.max_body_bytes;
  if (head.content_length && *head.content_length > limit) co_return refused(too_large(limit));
  if (!head.chunked && head.content_encoding == encoding::identity) {
    if (head.has_inference_header_length) co_return co_await receive_into_arena(from, head, shared, request, to);
    co_return co_await receive_json(from, head, shared, to);
  }
  auto collected = co_await collect(from, head, shared, limit, to.collected, &request);
  if (collected.end != body_end::complete) co_return collected;
  if (head.content_encoding != encoding::identity) {
    auto inflated = co_await offload(shared, to.collected.size(), [&head, &to, limit] {
      return inflate(head.content_encoding, to.collected, limit);
    });
    if (!inflated) co_return unusable(inflated.error());
    to.collected = std::move(*inflated);
    auto const charged = request.owner->charge(request, to.collected.size());
    if (!charged) co_return unusable(charged.error());
  }
  if (auto const apart = take_apart(head, request, to); !apart) co_return unusable(apart.error());
  co_return body_result();
}

task<body_result> receive_text(wire& from, request_head const& head, shared_state& shared, std::string& to)
{
  co_return co_await collect(from, head, shared, max_text, to);
}

task<bool> skip_body(wire& from, request_head const& head, shared_state& shared)
{
  // A client that waits for 100 Continue may or may not send its body now: nobody can tell where the next request
  // starts.
  if (head.expect_continue) co_return false;
  if (head.content_length && *head.content_length > max_skipped) co_return false;
  auto body = std::string();
  auto const skipped = co_await collect(from, head, shared, max_skipped, body);
  co_return skipped.end == body_end::complete;
}

} // namespace pilotlight::http
