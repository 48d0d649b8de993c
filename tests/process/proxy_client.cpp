#include "tests/process/proxy_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cerrno>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace proxy_tests {

boost::json::value reply::json() const
{
  return boost::json::parse(body);
}

std::string reply::error() const
{
  auto failed = boost::system::error_code();
  auto const value = boost::json::parse(body, failed);
  if (failed || !value.is_object() || !value.as_object().contains("error")) return body;
  return std::string(value.at("error").as_string());
}

client::client(std::uint16_t port, std::chrono::milliseconds patience)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
  auto address = sockaddr_in();
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto const time = timeval{patience / 1s, (patience % 1s) / 1us};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  auto const one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

client::~client()
{
  ::close(fd_);
}

bool client::try_send(std::string_view bytes)
{
  while (!bytes.empty()) {
    auto const sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void client::send(std::string_view bytes)
{
  REQUIRE(try_send(bytes));
}

void client::post(std::string_view target, std::string_view body, std::string_view more_headers)
{
  auto text = "POST " + std::string(target) +
              " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  text.append(more_headers).append("\r\n").append(body);
  send(text);
}

bool client::fill()
{
  char piece[65536];
  auto const got = ::recv(fd_, piece, sizeof piece, 0);
  if (got <= 0) return false;
  in_.append(piece, static_cast<std::size_t>(got));
  return true;
}

reply client::read(bool has_body)
{
  auto result = reply();
  auto end = in_.find("\r\n\r\n");
  for (; end == std::string::npos; end = in_.find("\r\n\r\n"))
    if (!fill()) return result;
  auto head = std::istringstream(in_.substr(0, end + 2));
  in_.erase(0, end + 4);
  auto line = std::string();
  std::getline(head, line);
  auto const status = line.size() > 12 ? std::stoi(line.substr(9, 3)) : 0;
  while (std::getline(head, line)) {
    auto const colon = line.find(": ");
    auto name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    result.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
  }
  auto const length = has_body && result.headers.contains("content-length")
                          ? static_cast<std::size_t>(std::stoull(result.headers["content-length"]))
                          : 0;
  while (in_.size() < length)
    if (!fill()) return {};
  result.body = in_.substr(0, length);
  in_.erase(0, length);
  result.status = status;
  return result;
}

reply client::ask(std::string_view target, std::string_view body, std::string_view more_headers)
{
  post(target, body, more_headers);
  return read();
}

reply client::get(std::string_view target)
{
  send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n");
  return read();
}

bool client::silent_for(std::chrono::milliseconds time)
{
  auto waiting = pollfd{fd_, POLLIN, 0};
  return in_.empty() && ::poll(&waiting, 1, static_cast<int>(time.count())) == 0;
}

bool client::closed()
{
  while (fill()) {
  }
  auto byte = char();
  return ::recv(fd_, &byte, 1, MSG_DONTWAIT) == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void client::shut()
{
  ::close(std::exchange(fd_, -1));
}

std::vector<std::unique_ptr<client>> send_each(std::uint16_t port, std::string_view target, std::string_view body,
                                               int count)
{
  auto clients = std::vector<std::unique_ptr<client>>();
  for (auto i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<client>(port));
    clients.back()->post(target, body);
  }
  return clients;
}

std::string floats_body(std::vector<float> const& values, std::vector<int> const& shape, std::string const& more)
{
  auto text = std::ostringstream();
  text << R"({"inputs":[{"name":"x","datatype":"FP32","shape":[)";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text << (i ? "," : "") << shape[i];
  text << R"(],"data":[)";
  for (std::size_t i = 0; i < values.size(); ++i)
    text << (i ? "," : "") << values[i];
  text << "]}]" << more << "}";
  return text.str();
}

std::string mlp_body()
{
  return floats_body({1, 2, 3, 4}, {1, 4});
}

std::string slow_body(int units, std::string const& more)
{
  return floats_body({static_cast<float>(units)}, {1}, more);
}

} // namespace proxy_tests
