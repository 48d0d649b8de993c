// What do `ps` and `pgrep -f` show? Overwrites the memory of argv and the environment that the kernel shows as the
// command line (the environment is moved away first), and the short name of 15 characters.
#pragma once
#include <cstddef>
#include <string_view>

namespace pilotlight::worker {

class process_title
{
public:
  /// Takes over argv's memory: nobody may read argv afterwards.
  process_title(int argc, char** argv);
  process_title(process_title const&) = delete;
  process_title& operator=(process_title const&) = delete;

  /// The command line becomes "pilotlight-worker: <role>", cut to the room there is.
  void set(std::string_view role);

private:
  char* start_;
  std::size_t room_ = 0;
};

} // namespace pilotlight::worker
