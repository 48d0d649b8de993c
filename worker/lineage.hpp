// How does a process of the fork tree get a child that belongs to the proxy? Calls fork, prctl, close_range.
//
// The proxy is a subreaper. A zygote makes a middle process (vfork: it shares the zygote's memory, so no page table
// is copied twice), the middle one forks the child and exits, and the kernel hands the child to the proxy. So the
// proxy reaps every process of the tree with its exit code, and the death of a zygote spares what it has forked.
#pragma once
#include "shared/failure.hpp"

#include <sys/types.h>

namespace pilotlight::worker {

enum class fork_side
{
  parent,
  child
};

/// Success when this process may fork: one thread (libgomp and LibTorch's pools do not survive a fork), no child left.
result<void> fit_to_fork();

/// Forks a child of `proxy`. In the child: `proxy` is its parent, dies with it (PR_SET_PDEATHSIG = SIGKILL), and of
/// all descriptors from 3 on only `keep_fd` is open. In the parent: the middle process has been reaped.
/// Failure, in the parent only: not fit to fork, or the kernel refuses.
result<fork_side> fork_for(pid_t proxy, int keep_fd);

/// This process is killed as soon as `proxy` dies; exits at once when it has died already.
void die_with(pid_t proxy);

/// Closes every descriptor from 3 on but this one.
void close_all_but(int keep_fd);

} // namespace pilotlight::worker
