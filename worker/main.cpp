// pilotlight-worker: which role does this process play?
#include "worker/archive.hpp"
#include "worker/describe.hpp"
#include "worker/process_title.hpp"
#include "worker/zygote.hpp"

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <unistd.h>

namespace {

constexpr auto usage =
    "pilotlight-worker " PILOTLIGHT_VERSION R"(: the process of Pilotlight that comes and goes; the proxy starts it.

  pilotlight-worker --zygote FD        serve the proxy at the other end of the socket FD
  pilotlight-worker --describe         stdin: {"key", "path", "format"} a line; stdout: a signature a line
  pilotlight-worker --unpack FILE DIR  unpack an AOTInductor package; DIR appears whole or not at all
  pilotlight-worker --version
  pilotlight-worker --help
)";

/// The last word of this process: LibTorch's destructors would take tens of milliseconds.
[[noreturn]] void leave(int code)
{
  std::fflush(nullptr);
  ::_exit(code);
}

int run_unpack(char const* file, char const* target)
{
  auto const unpacked = pilotlight::worker::unpack(file, target);
  if (!unpacked) std::fprintf(stderr, "pilotlight-worker: %s\n", unpacked.error().sentence.c_str());
  return unpacked ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
  auto const arguments = std::span(argv, static_cast<std::size_t>(argc));
  auto const role = argc > 1 ? std::string_view(arguments[1]) : std::string_view();
  if (role == "--zygote" && argc == 3) {
    auto control = pilotlight::unique_fd(std::atoi(arguments[2]));
    auto title = pilotlight::worker::process_title(argc, argv);
    pilotlight::worker::run_zygote(std::move(control), title);
  }
  if (role == "--describe" && argc == 2) leave(pilotlight::worker::describe());
  if (role == "--unpack" && argc == 4) leave(run_unpack(arguments[2], arguments[3]));
  auto const asked = role == "--help" || role == "--version";
  if (role == "--version")
    std::puts("pilotlight-worker " PILOTLIGHT_VERSION);
  else
    std::fputs(usage, asked ? stdout : stderr);
  leave(asked ? 0 : 2);
}
