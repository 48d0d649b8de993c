#include "proxy/execute/describe.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <istream>
#include <spdlog/spdlog.h>

namespace pilotlight::execute {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

struct pipe_ends
{
  unique_fd read, write;
};

result<pipe_ends> make_pipe()
{
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failure{fault::internal, std::string("pipe: ") + std::strerror(errno)};
  return pipe_ends{unique_fd(ends[0]), unique_fd(ends[1])};
}

/// Lives in its own handlers until both pipes are through.
struct conversation : std::enable_shared_from_this<conversation>
{
  conversation(asio::io_context& io, unique_fd to, unique_fd from) : in(io, to.release()), out(io, from.release()) {}

  asio::posix::stream_descriptor in, out;
  std::string orders;
  asio::streambuf lines{std::size_t{4} << 20};
  std::function<void(signature)> on_signature;
  std::function<void()> on_end;

  void write()
  {
    asio::async_write(in, asio::buffer(orders), [self = shared_from_this()](boost::system::error_code, std::size_t) {
      auto ignored = boost::system::error_code();
      self->in.close(ignored); // the end of the orders
    });
  }

  void read()
  {
    asio::async_read_until(out, lines, '\n', [self = shared_from_this()](boost::system::error_code error, std::size_t) {
      if (error) return self->on_end();
      auto line = std::string();
      auto stream = std::istream(&self->lines);
      std::getline(stream, line);
      self->take(line);
      self->read();
    });
  }

  void take(std::string const& line)
  {
    auto error = boost::system::error_code();
    auto const value = json::parse(line, error);
    if (error) return spdlog::warn("describe: unreadable line");
    auto described = json::try_value_to<signature>(value);
    if (described) on_signature(std::move(*described));
  }
};

} // namespace

result<void> describe(asio::io_context& io, process_tree& tree, std::span<model_spec const> files,
                      std::function<void(signature)> on_signature, std::function<void()> on_end)
{
  auto orders = make_pipe();
  if (!orders) return orders.error();
  auto answers = make_pipe();
  if (!answers) return answers.error();
  auto const started = tree.spawn_tool({"--describe"}, orders->read.get(), answers->write.get(), [](exit_status how) {
    if (how.signal != 0 || how.code != 0) spdlog::warn("describe: ended with signal {}, code {}", how.signal, how.code);
  });
  if (!started) return started.error();
  auto talk = std::make_shared<conversation>(io, std::move(orders->write), std::move(answers->read));
  for (auto const& file : files)
    talk->orders += json::serialize(json::object{
                        {"key", file.key},
                        {"path", file.path},
                        {"format", file.format == model_format::torchscript ? "torchscript" : "aotinductor"}}) +
                    "\n";
  talk->on_signature = std::move(on_signature);
  talk->on_end = std::move(on_end);
  talk->write();
  talk->read();
  return {};
}

} // namespace pilotlight::execute
