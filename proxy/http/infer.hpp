// One infer request on one connection: admitted, read, parsed, handed to its model, waited for, rendered, written.
#pragma once
#include "proxy/http/exchange.hpp"
#include "proxy/http/request_body.hpp"
#include "proxy/oip/infer_reply.hpp"
#include "proxy/pool/ticket.hpp"

#include <memory>

namespace pilotlight::http {

/// What is to happen to the connection.
enum class after : std::uint8_t
{
  keep,          ///< the next request may come
  refuse,        ///< `why` has to be answered; the body has been read
  refuse_unread, ///< the same, with (the rest of) the body still to come
  close,         ///< broken, or the client has gone
};

struct infer_result
{
  after what = after::keep;
  failure why;
};

/// Reused by one connection from request to request.
class infer_exchange final : public pool::client_watch
{
public:
  infer_exchange(wire& bytes, shared_state& shared) : wire_(bytes), shared_(shared) {}

  /// `keep_alive`: the connection is to stay open after the reply. `owner` keeps wire and exchange alive while a watch
  /// on the socket is out.
  task<infer_result> run(route::destination const& where, request_head const& head, bool keep_alive,
                         std::weak_ptr<void> owner);

private:
  // client_watch: the request takes long; tell a client that goes away.
  void begin() override;
  void watch();
  void stop_watching();

  result<void> prepare(pool::pending& request, request_head const& head, received_body& received);
  task<infer_result> answer(request_head const& head, bool keep_alive);
  task<bool> send(request_head const& head, bool keep_alive);

  wire& wire_;
  shared_state& shared_;
  pool::ticket ticket_;
  oip::infer_request request_;
  oip::rendered_reply rendered_;
  std::string out_;
  std::vector<boost::asio::const_buffer> parts_;
  std::weak_ptr<void> owner_;
  bool watching_ = false;
};

} // namespace pilotlight::http
