#include "worker/replies.hpp"

#include "worker/clock.hpp"
#include "worker/execution.hpp"
#include "worker/sentence.hpp"

#include <cstring>
#include <time.h>

namespace pilotlight::worker {
namespace {

constexpr std::size_t longest_sentence = 1024;

} // namespace

replies::replies(channel const& with, probe_lane& lane, progress& word)
    : channel_(with), lane_(lane), progress_(word),
      completions_(with.memory.header().completions, with.memory.completions()), arena_(with.memory),
      room_(channel_.own, with.memory.header().worker_lacks_room, with.control, false)
{
}

bool replies::send(taken& request, failure const& why)
{
  auto& done = request.done;
  auto const bytes = std::min(why.sentence.size(), longest_sentence);
  auto const block = wait_for_block(bytes);
  if (!block) return false;
  done.block_offset = *block;
  done.block_length = buddy::block_size(bytes);
  write_sentence(done, why);
  return push(request);
}

bool replies::send(taken& request, std::vector<output> const& outputs)
{
  auto& done = request.done;
  auto const start_ns = monotonic_ns();
  layout_.plan(outputs);
  if (arena_.too_large(layout_.bytes()))
    return send(request, {fault::too_large, "the reply takes " + std::to_string(layout_.bytes()) +
                                                " bytes, more than the reply arena has: worker.reply_arena is " +
                                                std::to_string(arena_.size())});
  auto const block = wait_for_block(layout_.bytes());
  if (!block) return false;
  done.block_offset = *block;
  done.block_length = buddy::block_size(layout_.bytes());
  done.table_length = static_cast<std::uint32_t>(layout_.table_length());
  try {
    layout_.write(outputs, *block, arena_.at(*block, layout_.bytes()));
  } catch (std::exception const& error) {
    // The block is ours already: the sentence goes there.
    write_sentence(done, {fault::internal, "copying the outputs: " + first_meaningful_line(error.what())});
  }
  done.output_ns = saturated(monotonic_ns() - start_ns);
  return push(request);
}

/// Into the block that `done` has.
void replies::write_sentence(completion& done, failure const& why)
{
  auto const sentence = std::string_view(why.sentence).substr(0, std::min(longest_sentence, done.block_length));
  std::memcpy(arena_.at(done.block_offset, sentence.size()).data(), sentence.data(), sentence.size());
  done.status = why.kind;
  done.table_length = static_cast<std::uint32_t>(sentence.size());
}

/// Nothing: the proxy is gone.
std::optional<std::uint64_t> replies::wait_for_block(std::size_t bytes)
{
  for (;;) {
    if (auto const block = arena_.allocate(bytes)) return block;
    if (arena_.broken()) return std::nullopt;
    progress_.end(); // waiting for readers is not executing
    auto const changed = [this] { return arena_.has_releases() || arena_.broken() || lane_.has_new(); };
    if (!room_.wait(changed)) return std::nullopt;
    lane_.take();
  }
}

bool replies::push(taken const& request)
{
  progress_.end();
  if (request.probe) {
    lane_.push(request.done);
    return true;
  }
  while (!completions_.push(request.done)) {
    // The proxy has room for all it submits; it is behind, and rings nobody for taking completions.
    auto const pause = timespec{0, 100'000};
    ::nanosleep(&pause, nullptr);
  }
  if (must_ring(channel_.memory.header().proxy_sleeps)) channel_.proxy.ring();
  return true;
}

} // namespace pilotlight::worker
