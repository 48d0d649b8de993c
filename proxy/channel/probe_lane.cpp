// The probe lane of an instance's channel: a few probes at a time, each answered once, by its id.
#include "proxy/channel/instance_channel.hpp"

#include <algorithm>

namespace pilotlight::channel {

bool instance_channel::probe(submission const& what)
{
  if (probes_out_.size() == probe_entries || !probes_.push(what)) return false;
  probes_out_.push_back({what.request, (what.flags & canary) != 0});
  wake();
  return true;
}

bool instance_channel::adjust(int threads, bool again)
{
  auto flags = std::uint32_t{0};
  if (threads > 0) flags |= set_threads;
  if (again) flags |= refresh;
  constexpr auto nobody = std::uint64_t{1}; // not answered, so never looked for
  if (flags == 0 || !probes_.push({nobody, 0, static_cast<std::uint32_t>(threads), flags})) return flags == 0;
  wake();
  return true;
}

/// A worker may sleep for want of requests or of room for a reply: in both it takes what is on the lane.
void instance_channel::wake()
{
  auto const idle = must_ring(segment_.header().worker_sleeps);
  auto const cramped = must_ring(segment_.header().worker_lacks_room);
  if (idle || cramped) worker_bell_.ring();
}

std::optional<probe_answer> instance_channel::take_probe()
{
  if (broken_) return std::nullopt;
  auto answer = probe_answer();
  if (!probe_answers_.pop(answer.done)) {
    broken_ = probe_answers_.broken();
    return std::nullopt;
  }
  auto const& done = answer.done;
  auto const asked =
      std::find_if(probes_out_.begin(), probes_out_.end(), [&](auto const& each) { return each.id == done.request; });
  if (asked == probes_out_.end() || !is_known(done.status) || !credible(done)) {
    broken_ = true;
    return std::nullopt;
  }
  auto const has_outputs = asked->canary && done.status == fault::none;
  probes_out_.erase(asked);
  auto block = block_of(done);
  if (done.status != fault::none) {
    answer.sentence = sentence_in(block, done.table_length);
  } else if (has_outputs && !answer.canary.read(std::move(block), done.table_length)) {
    broken_ = true;
    return std::nullopt;
  }
  return answer;
}

} // namespace pilotlight::channel
