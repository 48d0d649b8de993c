// What does every process of the fork tree know and carry? Plain data.
#pragma once
#include "shared/unique_fd.hpp"
#include "worker/process_title.hpp"

#include <sys/types.h>

namespace pilotlight::worker {

struct family
{
  pid_t proxy;          ///< parent of every process of the tree
  process_title& title; ///< of this process
};

} // namespace pilotlight::worker
