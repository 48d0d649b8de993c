#include "worker/process_title.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>

namespace pilotlight::worker {

process_title::process_title(int argc, char** argv) : start_(argv[0])
{
  auto* end = start_;
  auto const extend = [&](char const* text) {
    if (text == end) end += std::strlen(text) + 1;
  };
  for (auto i = 0; i < argc; ++i)
    extend(argv[i]);
  for (auto** variable = environ; *variable; ++variable)
    extend(*variable);
  // The copies live as long as the process: whoever called getenv may keep what it got.
  for (auto** variable = environ; *variable; ++variable)
    *variable = ::strdup(*variable);
  room_ = static_cast<std::size_t>(end - start_);
}

void process_title::set(std::string_view role)
{
  auto const text = "pilotlight-worker: " + std::string(role);
  // The kernel reads on into the old environment when the last byte of the old argv is not zero: so fill all of it.
  auto const length = std::min(text.size(), room_ > 0 ? room_ - 1 : 0);
  std::memset(start_, 0, room_);
  std::memcpy(start_, text.data(), length);
  auto name = "plw " + std::string(role.substr(role.rfind(' ') + 1));
  ::prctl(PR_SET_NAME, name.c_str(), 0, 0, 0);
}

} // namespace pilotlight::worker
