// The loop of an instance: take a submission, run the model, push a completion, sleep when there is nothing to do.
// Blocks. Allocates nothing of its own once it is warm.
#pragma once
#include "shared/control_socket.hpp"
#include "shared/doorbell.hpp"
#include "shared/segment.hpp"
#include "worker/binding.hpp"
#include "worker/idle.hpp"
#include "worker/model.hpp"
#include "worker/outputs.hpp"
#include "worker/reply.hpp"
#include "worker/reply_arena.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::worker {

/// What the proxy gave the instance; all of it outlives the loop.
struct channel
{
  segment const& memory;
  std::span<std::byte const> requests; ///< the request arena, read-only
  doorbell const& own;
  doorbell const& proxy;
  int control; ///< its end means that the proxy is gone
};

class serving
{
public:
  /// `restore`: every request runs on the state of a fresh load.
  serving(channel const& with, model& served, binding bind, output_names names, bool restore, bool spin);

  /// Returns when the proxy is gone or has broken the protocol: then there is nobody to serve.
  void run();

private:
  bool serve(submission const& request);
  std::optional<failure> compute(submission const& request, completion& done);
  result<c10::IValue> forward();
  result<void> take_up(submission const& request);
  bool reply(completion& done, failure const& why);
  bool reply(completion& done);
  std::optional<std::uint64_t> wait_for_block(std::size_t bytes);
  bool push(completion const& done);

  channel channel_;
  model& model_;
  binding bind_;
  output_names names_;
  bool restore_;
  segment_header& header_;
  ring_consumer<submission> submissions_;
  ring_producer<completion> completions_;
  reply_arena arena_;
  idle idle_; ///< until a request comes
  idle room_; ///< until a block of the reply arena comes back
  // Kept between requests for their capacity.
  std::vector<std::byte> table_bytes_;
  tensor_table table_;
  std::vector<c10::IValue> stack_;
  c10::IValue value_;
  std::vector<output> outputs_;
  reply_layout layout_;
};

} // namespace pilotlight::worker
