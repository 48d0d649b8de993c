// The probe lane of an instance's channel: a few probes at a time, each answered once, by its id.
#include "proxy/channel/instance_channel.hpp"

#include <algorithm>

namespace pilotlight::channel {
namespace {

constexpr std::size_t longest_sentence = 4096;

/// Bytes of a process that may have gone mad.
std::string sentence_in(std::span<std::byte const> bytes)
{
  auto const length = std::min(bytes.size(), longest_sentence);
  auto text = std::string(reinterpret_cast<char const*>(bytes.data()), length);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

/// Copies the table before it is checked: the worker could change it in between. False: it is no table.
bool read_reply(probe_answer& answer)
{
  if (!answer.block || answer.done.table_length > max_table_bytes) return false;
  auto const table = answer.block.memory().first(answer.done.table_length);
  answer.table_copy.assign(table.begin(), table.end());
  return read_table(answer.table_copy, answer.block.arena().size(), answer.outputs).has_value();
}

} // namespace

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
  auto const known_status = done.status >= fault::none && done.status <= fault::conflict;
  if (asked == probes_out_.end() || !known_status || !credible(done)) {
    broken_ = true;
    return std::nullopt;
  }
  auto const has_outputs = asked->canary && done.status == fault::none;
  probes_out_.erase(asked);
  answer.block = block_of(done);
  if (done.status != fault::none) {
    if (answer.block) answer.sentence = sentence_in(answer.block.memory().first(done.table_length));
  } else if (has_outputs && !read_reply(answer)) {
    broken_ = true;
    return std::nullopt;
  }
  return answer;
}

} // namespace pilotlight::channel
