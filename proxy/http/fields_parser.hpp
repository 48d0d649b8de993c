// Which headers of a request does this proxy keep, and which does it refuse? Beast splits the lines and checks their
// characters; this keeps the few that matter, straight in a request_head. Pure. Only request_head.cpp uses it.
#pragma once
#include "proxy/http/request_head.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace pilotlight::http {

class fields_parser final : public boost::beast::http::basic_parser<true>
{
public:
  /// Writes to a `head` that was cleared.
  fields_parser(request_head& head, balancing_headers names);

  /// `text` is a whole head, its blank line included. Success: `head` is complete.
  result<void> run(std::string_view text);
  /// run() failed, but only on what the head asks for: how a body follows is known all the same.
  bool body_is_known() const { return !fatal_ && refusal_; }

private:
  using error_code = boost::beast::error_code;
  using text_view = boost::beast::string_view;
  using field = boost::beast::http::field;

  /// The single-valued headers that are kept: a bit each, to notice the second one.
  enum single : unsigned
  {
    host = 1U << 0U,
    content_length = 1U << 1U,
    transfer_encoding = 1U << 2U,
    expect = 1U << 3U,
    content_encoding = 1U << 4U,
    inference_header_length = 1U << 5U,
    request_timeout = 1U << 6U,
  };

  void keep_host(std::string_view value);
  void keep_content_length(std::string_view value);
  void keep_transfer_encoding(std::string_view value);
  void keep_expect(std::string_view value);
  void keep_content_encoding(std::string_view value);
  void keep_accept_encoding(std::string_view value);
  void keep_balancing(std::string_view name, std::string_view value);
  void keep_unknown(std::string_view name, std::string_view value);

  bool first(single which);                           ///< of its kind; notes it
  void die(fault kind, std::string_view sentence);    ///< the framing is lost
  void refuse(fault kind, std::string_view sentence); ///< the framing is known; the first refusal counts
  failure explain(error_code const& error, std::string_view rest) const;

  void on_request_impl(boost::beast::http::verb verb, text_view verb_text, text_view target, int version,
                       error_code& error) override;
  void on_response_impl(int, text_view, int, error_code&) override {}
  void on_field_impl(field which, text_view name, text_view raw, error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(text_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, text_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  request_head& head_;
  balancing_headers names_;
  unsigned seen_ = 0;
  bool close_asked_ = false;
  std::optional<failure> fatal_;
  std::optional<failure> refusal_;
};

} // namespace pilotlight::http
