#include "worker/describe.hpp"

#include "shared/signature.hpp"
#include "shared/unique_fd.hpp"
#include "worker/archive.hpp"
#include "worker/libtorch.hpp"
#include "worker/lineage.hpp"
#include "worker/sentence.hpp"
#include "worker/torchscript_model.hpp"

#include <array>
#include <boost/json.hpp>
#include <c10/util/Exception.h>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace pilotlight::worker {
namespace {

namespace json = boost::json;

/// For one file: those behind it wait so long at most.
constexpr auto longest_seconds = 60;

struct question
{
  std::string key;
  std::string path;
  std::string format;
};
BOOST_DESCRIBE_STRUCT(question, (), (key, path, format))

signature with_error(std::string key, std::string error)
{
  auto found = signature();
  found.key = std::move(key);
  found.error = std::move(error);
  return found;
}

/// A package knows no names: only whether it is one.
signature describe_package(question const& asked)
{
  auto const reason = why_not_aotinductor(asked.path);
  return with_error(asked.key, reason.empty() ? "" : asked.path + ": " + reason);
}

signature answer(question const& asked)
{
  if (::access(asked.path.c_str(), R_OK) != 0) return with_error(asked.key, asked.path + ": " + std::strerror(errno));
  try {
    if (asked.format == "aotinductor") return describe_package(asked);
    if (asked.format != "torchscript")
      return with_error(asked.key, "format '" + asked.format + "': allowed are torchscript and aotinductor");
    auto found = describe_torchscript(asked.path);
    if (!found) return with_error(asked.key, found.error().sentence);
    found->key = asked.key;
    return *found;
  } catch (c10::Error const& error) {
    return with_error(asked.key, asked.path + ": " + first_meaningful_line(error.what_without_backtrace()));
  } catch (std::exception const& error) {
    return with_error(asked.key, asked.path + ": " + first_meaningful_line(error.what()));
  }
}

std::string line_of(signature const& found)
{
  return json::serialize(json::value_from(found)) + "\n";
}

void write_all(int fd, std::string_view text)
{
  while (!text.empty()) {
    auto const written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) ::_exit(1); // nobody reads any more
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_all(int fd)
{
  auto text = std::string();
  auto part = std::array<char, 4096>();
  for (;;) {
    auto const got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

/// In a child: its line, or nothing when it died before the end of it.
std::string line_from_child(question const& asked)
{
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return line_of(with_error(asked.key, std::string("pipe: ") + std::strerror(errno)));
  auto const reading = unique_fd(ends[0]);
  auto writing = unique_fd(ends[1]);
  auto const self = ::getpid();
  auto const child = ::fork();
  if (child < 0) return line_of(with_error(asked.key, std::string("fork: ") + std::strerror(errno)));
  if (child == 0) {
    die_with(self); // else it would go on for nobody, and the proxy's end wait for it
    ::alarm(longest_seconds);
    write_all(writing.get(), line_of(answer(asked)));
    ::_exit(0);
  }
  writing.reset();
  auto line = read_all(reading.get());
  auto status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (line.ends_with('\n')) return line;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    return line_of(
        with_error(asked.key, asked.path + ": reading it takes longer than " + std::to_string(longest_seconds) + " s"));
  auto const cause = WIFSIGNALED(status) ? std::string(::strsignal(WTERMSIG(status))) : std::string("unexpected exit");
  return line_of(with_error(asked.key, asked.path + ": reading it crashes LibTorch (" + cause + ")"));
}

} // namespace

int describe()
{
  die_with(::getppid());
  set_up_libtorch();
  warm_libtorch(); // once, here, instead of in every child
  auto line = std::string();
  while (std::getline(std::cin, line)) {
    if (line.empty()) continue;
    auto error = boost::system::error_code();
    auto const parsed = json::parse(line, error);
    auto const asked = error ? json::try_value_to<question>(json::value()) : json::try_value_to<question>(parsed);
    if (!asked)
      write_all(STDOUT_FILENO,
                line_of(with_error("", "not a line of the form {\"key\", \"path\", \"format\"}: " + line)));
    else
      write_all(STDOUT_FILENO, line_from_child(*asked));
  }
  return 0;
}

} // namespace pilotlight::worker
