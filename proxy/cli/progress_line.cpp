#include "proxy/cli/progress_line.hpp"

#include <cmath>
#include <iostream>
#include <unistd.h>

namespace pilotlight::cli {

progress_line::progress_line(std::ostream& to)
    : to_(to), terminal_(&to == &std::cerr && ::isatty(STDERR_FILENO) == 1),
      next_(std::chrono::steady_clock::now() + std::chrono::seconds(1))
{
}

void progress_line::show(std::string_view what, double share)
{
  auto const now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(5));
  auto const line = std::string(what) + " " + std::to_string(std::lround(share * 100)) + " %";
  if (terminal_)
    to_ << "\r\x1b[K" << line << std::flush;
  else
    to_ << line << '\n' << std::flush;
  shown_ = line;
}

void progress_line::clear()
{
  if (terminal_ && !shown_.empty()) to_ << "\r\x1b[K" << std::flush;
  shown_.clear();
}

} // namespace pilotlight::cli
