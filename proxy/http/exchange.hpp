// What every connection shares, and what one request/reply exchange leaves behind. Plain data and references.
#pragma once
#include "proxy/config/settings.hpp"
#include "proxy/http/answer.hpp"
#include "proxy/http/date_line.hpp"
#include "proxy/http/event_stream.hpp"
#include "proxy/http/reply_head.hpp"
#include "proxy/http/request_head.hpp"
#include "proxy/http/wire.hpp"
#include "proxy/oip/infer_request.hpp"
#include "proxy/pool/fleet.hpp"
#include "proxy/route/route.hpp"

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>

namespace pilotlight::http {

/// Control endpoints: everything but infer. May wait (load answers when the model is ready).
using control_handler = std::function<task<answer>(route::destination where, std::string body)>;

struct shared_state
{
  settings const& config;
  pool::fleet& fleet;
  boost::asio::io_context& io;
  boost::asio::thread_pool& background; ///< compresses and inflates what would keep the I/O thread too long
  control_handler control;
  oip::request_parser parser;
  date_line date;
  bool draining = false; ///< answer what is inside, then close every connection
  event_hub events{};    ///< of GET /v1/decisions/stream
};

} // namespace pilotlight::http
