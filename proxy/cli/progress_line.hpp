// How far is a long computation? One line that is written over itself on a terminal, and now and then a new one
// elsewhere. Reads the clock.
#pragma once
#include <chrono>
#include <iosfwd>
#include <string>
#include <string_view>

namespace pilotlight::cli {

/// Silent for the first second: what is quick needs no progress.
class progress_line
{
public:
  explicit progress_line(std::ostream& to);

  /// "predictive 42 %", at most some times a second.
  void show(std::string_view what, double share);
  /// Takes it away again.
  void clear();

private:
  std::ostream& to_;
  bool terminal_;
  std::chrono::steady_clock::time_point next_;
  std::string shown_;
};

} // namespace pilotlight::cli
