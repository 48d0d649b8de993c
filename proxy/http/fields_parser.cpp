#include "proxy/http/fields_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <charconv>
#include <system_error>
#include <utility>

namespace pilotlight::http {

namespace {

namespace beast_http = boost::beast::http;
using boost::beast::iequals;

std::string_view std_view(boost::beast::string_view text)
{
  return {text.data(), text.size()};
}

/// What RFC 3986 allows in host and port; that it is a real one is nobody's business here.
bool is_host_character(char c)
{
  constexpr std::string_view others = "-._~%!$&'()*+;=:[]";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

route::method method_of(beast_http::verb verb)
{
  switch (verb) {
  case beast_http::verb::get: return route::method::get;
  case beast_http::verb::head: return route::method::head;
  case beast_http::verb::post: return route::method::post;
  default: return route::method::other;
  }
}

/// The name in a header line that may be malformed, short and printable, for a sentence.
std::string name_in(std::string_view line)
{
  constexpr std::size_t most = 60;
  std::string name;
  for (char const c : line.substr(0, most)) {
    if (c <= ' ' || c >= 0x7f || c == ':' || c == '\'' || c == '"' || c == '\\') break;
    name += c;
  }
  return "'" + name + "'";
}

constexpr std::string_view wrong_length = "Content-Length is not one decimal number below 2^64";

failure twice_framed()
{
  return {fault::bad_request, "Content-Length and Transfer-Encoding are both given; a request may have one of them"};
}

} // namespace

fields_parser::fields_parser(request_head& head, balancing_headers names) : head_(head), names_(names)
{
  body_limit(boost::none); // the connection's business
}

result<void> fields_parser::run(std::string_view text)
{
  error_code error;
  header_limit(static_cast<std::uint32_t>(text.size() + 1));    // never reached: its length was checked before
  auto const consumed = put({text.data(), text.size()}, error); // not eager: ends with the head
  if (fatal_) return *fatal_;
  if (error) return *(fatal_ = explain(error, text.substr(consumed)));
  // Beast lets an HTTP/1.0 "close, keep-alive" stay open.
  head_.keep_alive = keep_alive() && !close_asked_;
  if (refusal_) return *refusal_;
  return {};
}

failure fields_parser::explain(error_code const& error, std::string_view rest) const
{
  using enum beast_http::error;
  auto const bad = [](std::string_view sentence) { return failure{fault::bad_request, std::string(sentence)}; };
  switch (static_cast<beast_http::error>(error.value())) {
  case bad_method: return bad("the request line does not begin with a method and a space");
  case bad_target: return bad("the request line has no target, or a space or control character in it");
  case need_more: // the head is whole, so this is a request line that ends too early
  case bad_version: return bad("the request line does not end with HTTP/1.0 or HTTP/1.1");
  case bad_line_ending: return bad("header " + name_in(rest) + " has a carriage return without a line feed");
  case bad_field: return bad("header " + name_in(rest) + " is no name followed by ':', without a space between");
  case bad_value: return bad("header " + name_in(rest) + " has a control character or a malformed list");
  case bad_content_length: return (seen_ & transfer_encoding) != 0 ? twice_framed() : bad(wrong_length);
  case multiple_content_length: return bad("Content-Length is given more than once");
  case bad_transfer_encoding:
    return (seen_ & content_length) != 0 ? twice_framed() : bad("Transfer-Encoding is given more than once");
  default: return bad("the head of the request is malformed: " + error.message());
  }
}

void fields_parser::on_request_impl(beast_http::verb verb, text_view, text_view target, int version, error_code&)
{
  head_.method = method_of(verb);
  head_.target.assign(target.data(), target.size());
  head_.version = version;
}

void fields_parser::on_field_impl(field which, text_view name, text_view raw, error_code& error)
{
  auto const value = std_view(raw);
  switch (which) {
  case field::host: keep_host(value); break;
  case field::content_length: keep_content_length(value); break;
  case field::transfer_encoding: keep_transfer_encoding(value); break;
  case field::expect: keep_expect(value); break;
  case field::content_encoding: keep_content_encoding(value); break;
  case field::accept_encoding: keep_accept_encoding(value); break;
  case field::connection: close_asked_ = close_asked_ || beast_http::token_list{raw}.exists("close"); break;
  case field::unknown: keep_unknown(std_view(name), value); break;
  default: break;
  }
  keep_balancing(std_view(name), value);
  if (fatal_) error = beast_http::error::bad_field; // any error ends put()
}

void fields_parser::on_header_impl(error_code& error)
{
  if (head_.version < 11 || (seen_ & host) != 0) return;
  die(fault::bad_request, "an HTTP/1.1 request needs a Host header");
  error = beast_http::error::bad_field;
}

void fields_parser::keep_host(std::string_view value)
{
  if (!first(host)) return die(fault::bad_request, "Host is given more than once");
  if (!std::ranges::all_of(value, is_host_character))
    die(fault::bad_request, "Host has a character that no host name, address or port has");
}

void fields_parser::keep_content_length(std::string_view value)
{
  // Beast takes repeated equal lengths and lists of them; no honest client sends them, smugglers do.
  if ((seen_ & transfer_encoding) != 0) return void(fatal_ = twice_framed());
  if (!first(content_length)) return die(fault::bad_request, "Content-Length is given more than once");
  std::uint64_t length = 0;
  auto const* const end = value.data() + value.size();
  auto const [stop, wrong] = std::from_chars(value.data(), end, length);
  if (wrong != std::errc{} || stop != end) return die(fault::bad_request, wrong_length);
  head_.content_length = length;
}

void fields_parser::keep_transfer_encoding(std::string_view value)
{
  if ((seen_ & content_length) != 0) return void(fatal_ = twice_framed());
  if (!first(transfer_encoding)) return die(fault::bad_request, "Transfer-Encoding is given more than once");
  if (head_.version < 11) return die(fault::bad_request, "HTTP/1.0 has no Transfer-Encoding");
  if (!iequals(value, "chunked")) return die(fault::not_implemented, "Transfer-Encoding is served as 'chunked' only");
  head_.chunked = true;
}

void fields_parser::keep_expect(std::string_view value)
{
  if (!first(expect)) return refuse(fault::bad_request, "Expect is given more than once");
  if (!iequals(value, "100-continue")) return refuse(fault::bad_request, "Expect may only be '100-continue'");
  head_.expect_continue = head_.version >= 11;
}

void fields_parser::keep_content_encoding(std::string_view value)
{
  if (!first(content_encoding)) return refuse(fault::bad_request, "Content-Encoding is given more than once");
  if (iequals(value, "gzip") || iequals(value, "x-gzip"))
    head_.content_encoding = encoding::gzip;
  else if (iequals(value, "deflate"))
    head_.content_encoding = encoding::deflate;
  else if (!iequals(value, "identity"))
    refuse(fault::bad_encoding, "Content-Encoding may be 'gzip', 'deflate' or 'identity', one of them");
}

void fields_parser::keep_accept_encoding(std::string_view value)
{
  if (!head_.accept_encoding.empty() && !value.empty()) head_.accept_encoding += ", ";
  head_.accept_encoding.append(value);
}

/// Of several lines the first counts: whom they would send elsewhere is nobody's concern.
void fields_parser::keep_balancing(std::string_view name, std::string_view value)
{
  if (name.size() == names_.key.size() && head_.balance_key.empty() && iequals(name, names_.key))
    head_.balance_key.assign(value);
  else if (name.size() == names_.zone.size() && head_.zone.empty() && iequals(name, names_.zone))
    head_.zone.assign(value);
}

void fields_parser::keep_unknown(std::string_view name, std::string_view value)
{
  if (iequals(name, "Inference-Header-Content-Length")) {
    if (!first(inference_header_length))
      return refuse(fault::bad_request, "Inference-Header-Content-Length is given more than once");
    head_.has_inference_header_length = true;
    head_.inference_header_length.assign(value);
  } else if (iequals(name, "X-Request-Timeout-Ms")) {
    if (!first(request_timeout)) return refuse(fault::bad_request, "X-Request-Timeout-Ms is given more than once");
    head_.has_request_timeout = true;
    head_.request_timeout_ms.assign(value);
  }
}

bool fields_parser::first(single which)
{
  bool const is_first = (seen_ & which) == 0;
  seen_ |= which;
  return is_first;
}

void fields_parser::die(fault kind, std::string_view sentence)
{
  fatal_ = failure{kind, std::string(sentence)};
}

void fields_parser::refuse(fault kind, std::string_view sentence)
{
  if (!refusal_) refusal_ = failure{kind, std::string(sentence)};
}

} // namespace pilotlight::http
