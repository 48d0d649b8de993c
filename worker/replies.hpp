// How does an answer get to the proxy? Copies outputs (or the sentence of a failure) into the reply arena and pushes
// the completion. Blocks while the arena has no room, and answers heartbeats meanwhile.
#pragma once
#include "worker/channel.hpp"
#include "worker/idle.hpp"
#include "worker/outputs.hpp"
#include "worker/probe_lane.hpp"
#include "worker/progress.hpp"
#include "worker/reply.hpp"
#include "worker/reply_arena.hpp"
#include "worker/taken.hpp"

#include <optional>
#include <vector>

namespace pilotlight::worker {

class replies
{
public:
  replies(channel const& with, probe_lane& lane, progress& word);

  /// Ends its execution in the progress word and answers it. False: nobody is there any more to answer to.
  bool send(taken& request, failure const& why);
  bool send(taken& request, std::vector<output> const& outputs);
  bool broken() const { return arena_.broken(); }

private:
  std::optional<std::uint64_t> wait_for_block(std::size_t bytes);
  void write_sentence(completion& done, failure const& why);
  bool push(taken const& request);

  channel channel_;
  probe_lane& lane_;
  progress& progress_;
  ring_producer<completion> completions_;
  reply_arena arena_;
  idle room_; ///< until a block of the reply arena comes back
  reply_layout layout_;
};

} // namespace pilotlight::worker
