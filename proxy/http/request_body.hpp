// How does a body get from the socket into memory? Straight into the request arena where it can, else through a bounded
// buffer. Reads from a wire.
#pragma once
#include "proxy/http/exchange.hpp"
#include "proxy/pool/ticket.hpp"

#include <memory>
#include <string>

namespace pilotlight::http {

/// A whole body, ready to be parsed. `json` is followed by 64 readable bytes.
struct received_body
{
  oip::request_body body;
  std::size_t unread = 0;         ///< bytes still at the front of wire.unread() that belong to it: consume when parsed
  std::unique_ptr<char[]> memory; ///< where it lies when neither on the wire nor in the arena
  std::string collected;          ///< the same, of a body whose length came with it
};

enum class body_end : std::uint8_t
{
  complete,
  refused,  ///< `why` says it; the rest of the body was not read
  unusable, ///< `why` says it; the body has been read
  lost,     ///< the peer has closed or was too slow
};

struct body_result
{
  body_end end = body_end::complete;
  failure why;
};

/// Reads the body of an infer request. Binary tensors of an identity body go into a block of `request` such that the
/// first of them lies 64-byte aligned; a body that is chunked or compressed is collected first, at most max_body_bytes.
task<body_result> receive_infer_body(wire& from, request_head const& head, shared_state& shared, pool::pending& request,
                                     received_body& to);

/// Reads a small body (control endpoints) as text. Failure: too_large over 1 MiB, bad_request, or lost.
task<body_result> receive_text(wire& from, request_head const& head, shared_state& shared, std::string& to);

/// Reads away what is left of a refused request's body if that is little. False: close instead.
task<bool> skip_body(wire& from, request_head const& head, shared_state& shared);

} // namespace pilotlight::http
