#include "proxy/collect/oom_kills.hpp"

#include "proxy/collect/proc_text.hpp"
#include "shared/cgroup.hpp"

namespace pilotlight::collect {

std::optional<std::uint64_t> parse_oom_kills(std::string_view text)
{
  return parse_named(text, "oom_kill");
}

std::uint64_t oom_kills(std::string const& proc, std::string const& cgroups)
{
  for (auto const& folder : cgroup_folders(read_text(proc + "/self/cgroup"), "memory", cgroups))
    for (auto const* name : {"/memory.events", "/memory.oom_control"})
      if (auto const kills = parse_oom_kills(read_text(folder + name))) return *kills;
  return 0;
}

} // namespace pilotlight::collect
