#include "proxy/cli/follow.hpp"

#include "proxy/cli/fetch.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <optional>

namespace pilotlight::cli {
namespace {

constexpr auto connecting = std::chrono::seconds(2);
constexpr auto silence = std::chrono::seconds(45);
constexpr std::string_view closing = "closing";
constexpr std::size_t longest_data = std::size_t{1} << 20;

bool take_line(std::istream& in, std::string& line)
{
  if (!std::getline(in, line)) return false;
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

/// Of "name: value" what stands behind; nothing when it is another field.
std::optional<std::string_view> field(std::string_view line, std::string_view name)
{
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
  line.remove_prefix(name.size() + 1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

} // namespace

bool read_events(std::istream& in, std::function<bool(event const&)> const& show, std::function<void()> const& alive)
{
  auto one = event();
  auto any = false;
  auto line = std::string();
  while (take_line(in, line)) {
    alive();
    if (line.empty()) { // the end of an event
      if (any && (!show(one) || one.name == closing)) return true;
      one = {};
      any = false;
    } else if (auto const name = field(line, "event")) {
      one.name = *name;
    } else if (auto const data = field(line, "data"); data && one.data.size() + data->size() < longest_data) {
      one.data.append(any ? "\n" : "").append(*data);
      any = true;
    }
  }
  return false;
}

result<void> follow(endpoint const& from, std::string_view target, std::function<bool(event const&)> const& show)
{
  auto const [host, shown] = names_of(from);
  auto stream = boost::asio::ip::tcp::iostream();
  stream.expires_after(connecting);
  stream.connect(host, std::to_string(from.port));
  stream << "GET " << target << " HTTP/1.1\r\nHost: " << shown << "\r\nAccept: text/event-stream\r\n\r\n" << std::flush;
  auto line = std::string();
  if (!take_line(stream, line))
    return failure{fault::unavailable, "no pilotlight answers at " + shown + " (" + stream.error().message() + ")"};
  if (!line.starts_with("HTTP/1.1 200"))
    return failure{fault::internal, shown + " answers '" + line + "' to GET " + std::string(target)};
  while (take_line(stream, line) && !line.empty()) // its headers
    ;
  auto too_slow = false;
  auto const told = [&](event const& one) {
    if (one.name == closing) too_slow = one.data.find("too_slow") != std::string::npos;
    return show(one);
  };
  stream.expires_after(silence);
  auto const ended = read_events(stream, told, [&] { stream.expires_after(silence); });
  if (too_slow) return failure{fault::unavailable, shown + " has dropped this reader: it was too slow"};
  if (!ended) return failure{fault::unavailable, "the stream of " + shown + " was cut"};
  return {};
}

} // namespace pilotlight::cli
