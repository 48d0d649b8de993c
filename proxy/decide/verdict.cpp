#include "proxy/decide/verdict.hpp"

#include <csignal>
#include <cstring>

namespace pilotlight::decide {

namespace {

/// Signals that a process earns by what it does; all others are sent by somebody.
bool is_earned(int signal)
{
  switch (signal) {
  case SIGSEGV:
  case SIGABRT:
  case SIGBUS:
  case SIGILL:
  case SIGFPE:
  case SIGSYS:
  case SIGTRAP: return true;
  default: return false;
  }
}

std::string signal_name(int signal)
{
  char const* const name = sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

std::string duration(std::int64_t ms)
{
  return ms % 1'000 == 0 ? std::to_string(ms / 1'000) + " s" : std::to_string(ms) + " ms";
}

fate judge_one(inside const& request, bool guilty, int max_blamed)
{
  if (request.abandoned) return fate::drop;
  if (request.sequence) return fate::lost;
  if (!guilty || !request.executing) return fate::rerun;
  return request.blamed + 1 >= max_blamed ? fate::poison : fate::rerun_blamed;
}

} // namespace

bool own_fault(death const& how)
{
  if (how.execution_timeout || how.corrupt) return true;
  if (how.ordered) return false;
  return how.out_of_memory || how.signal == 0 || is_earned(how.signal);
}

std::string cause(death const& how, std::int64_t execution_timeout_ms)
{
  if (how.execution_timeout) return "it ran longer than execution_timeout (" + duration(execution_timeout_ms) + ")";
  if (how.corrupt) return "its worker published an invalid answer and was killed";
  if (how.ordered) return "its worker was stopped on purpose";
  if (how.out_of_memory) return "its worker ran out of memory";
  if (how.signal == 0) return "its worker exited unexpectedly with code " + std::to_string(how.exit_code);
  if (is_earned(how.signal)) return "its worker died of " + signal_name(how.signal);
  return "its worker was killed from outside by " + signal_name(how.signal);
}

std::vector<fate> judge(death const& how, std::span<inside const> requests, int max_blamed)
{
  bool const guilty = own_fault(how);
  std::vector<fate> fates;
  fates.reserve(requests.size());
  for (auto const& request : requests)
    fates.push_back(judge_one(request, guilty, max_blamed));
  return fates;
}

} // namespace pilotlight::decide
