// A worker died: whose fault was it, and what becomes of each request inside? Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::decide {

/// How an instance ended, as far as blame goes.
struct death
{
  int signal = 0; ///< 0: it exited
  int exit_code = 0;
  bool ordered = false;           ///< the proxy ended it on purpose (drain, scale down): nobody's fault
  bool execution_timeout = false; ///< the proxy killed it because a forward ran too long
  bool out_of_memory = false;     ///< the kernel's OOM counter rose and it was SIGKILLed
  bool corrupt = false;           ///< the proxy killed it because it published nonsense in its rings or tables
};

/// True: a SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP, unexpected exit, execution timeout, OOM kill or
/// corruption: the request that was executing shares the blame. False: ordered, or any other signal (SIGKILL, SIGTERM),
/// which only somebody outside sends. An execution timeout or corruption counts even while the worker was draining.
bool own_fault(death const& how);

/// One clear clause for logs and clients, e.g. "its worker died of SIGSEGV", "it ran longer than execution_timeout (60
/// s)".
std::string cause(death const& how, std::int64_t execution_timeout_ms);

/// A request that was inside the dead instance, completions already drained.
struct inside
{
  std::uint64_t request = 0;
  bool executing =
      false;      ///< the progress word named it, by itself or in a batch: then all of the batch share the blame
  int blamed = 0; ///< workers its execution has ended so far by their own fault, this death not counted
  bool abandoned = false; ///< its client has been answered or has gone
  bool sequence = false;  ///< belongs to a sequence whose state died with the instance
};

enum class fate : std::uint8_t
{
  rerun,        ///< runs again elsewhere, nothing counted
  rerun_blamed, ///< runs again, alone, with blamed + 1
  poison,       ///< 500 naming the cause; never tried a third time
  drop,         ///< nobody waits for it
  lost,         ///< 410: its sequence is gone
};

/// The fate of each, in the same order. `max_blamed`: the worker death by which a request is poison (2: the second).
std::vector<fate> judge(death const& how, std::span<inside const> requests, int max_blamed = 2);

} // namespace pilotlight::decide
