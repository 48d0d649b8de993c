// Which requests came when? A recorded trace, held compactly: a count per interval is one entry, however many requests
// it stands for. Plain data.
#pragma once
#include "proxy/decide/facts.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pilotlight::simulate {

using decide::duration;
using decide::instant;

/// `count` requests somewhere in [begin, begin + length); length 0: at that very moment.
struct stretch
{
  instant begin{};
  duration length{0};
  std::uint64_t count = 0;

  bool operator==(stretch const&) const = default;
};

struct trace_model
{
  std::string name;
  std::vector<stretch> stretches; ///< in order of time; those with a length do not overlap
  std::uint64_t requests = 0;
};

struct trace
{
  std::string source;              ///< the file's name, for people
  std::vector<trace_model> models; ///< in order of their names
  instant begin{}, end{};          ///< of the whole: [begin, end)
  std::uint64_t requests = 0;

  double seconds() const { return std::chrono::duration<double>(end - begin).count(); }
};

constexpr double in_seconds(duration time)
{
  return std::chrono::duration<double>(time).count();
}

} // namespace pilotlight::simulate
