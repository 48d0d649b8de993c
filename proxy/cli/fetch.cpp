#include "proxy/cli/fetch.hpp"

#include "proxy/cli/json_members.hpp"

#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>

namespace pilotlight::cli {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
namespace {

constexpr auto patience = std::chrono::seconds(2);
constexpr std::uint64_t largest_answer = std::uint64_t{64} << 20;

/// The sentence of {"error": "..."}; empty: it is no such answer.
std::string error_of(std::string const& body)
{
  auto error = error_code();
  auto const document = boost::json::parse(body, error);
  if (error || !document.is_object()) return {};
  return document.as_object().contains("error") ? text(document.as_object(), "error") : std::string();
}

std::string loopback_of(std::string const& host)
{
  if (host == "0.0.0.0" || host == "*") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

/// One exchange. Beast's timeouts work for asynchronous operations only, hence the chain.
class exchange
{
public:
  exchange(asio::io_context& context, std::string const& host, std::string_view target) : stream_(context)
  {
    request_.method(http::verb::get);
    request_.target(boost::beast::string_view(target.data(), target.size()));
    request_.version(11);
    request_.set(http::field::host, host);
    request_.set(http::field::connection, "close");
    answer_.body_limit(largest_answer);
    stream_.expires_after(patience);
  }

  void start(asio::ip::tcp::resolver::results_type const& addresses)
  {
    stream_.async_connect(addresses, [this](error_code error, auto const&) {
      if (error) return finish(error);
      http::async_write(stream_, request_, [this](error_code failed, std::size_t) {
        if (failed) return finish(failed);
        http::async_read(stream_, buffer_, answer_, [this](error_code read, std::size_t) { finish(read); });
      });
    });
  }

  error_code error() const { return error_; }
  http::response<http::string_body> take() { return answer_.release(); }

private:
  void finish(error_code error) { error_ = error; }

  beast::tcp_stream stream_;
  http::request<http::empty_body> request_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> answer_;
  error_code error_;
};

} // namespace

host_names names_of(endpoint const& of)
{
  auto host = loopback_of(of.host);
  auto shown = (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(of.port);
  return {std::move(host), std::move(shown)};
}

result<std::string> fetch(endpoint const& from, std::string_view target)
{
  auto const [host, shown] = names_of(from);
  auto context = asio::io_context(1);
  auto error = error_code();
  auto const addresses = asio::ip::tcp::resolver(context).resolve(host, std::to_string(from.port), error);
  auto talk = exchange(context, shown, target);
  if (!error) {
    talk.start(addresses);
    context.run();
    error = talk.error();
  }
  if (error)
    return failure{fault::unavailable,
                   "no pilotlight answers at " + shown + " (" + error.message() +
                       "): is it running? Its admin port is listen.admin; name another with --admin"};
  auto answer = talk.take();
  if (auto const sentence = error_of(answer.body()); answer.result() != http::status::ok && !sentence.empty())
    return failure{fault::bad_request, sentence};
  if (answer.result() != http::status::ok)
    return failure{fault::internal, shown + " answers " + std::to_string(answer.result_int()) + " to GET " +
                                        std::string(target) + ": is that the admin port of a pilotlight?"};
  return std::move(answer.body());
}

} // namespace pilotlight::cli
