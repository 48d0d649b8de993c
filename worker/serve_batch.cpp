// Several requests as one forward: gathered, run, cut apart; and run singly when that does not work.
#include "worker/serve.hpp"

#include "worker/clock.hpp"
#include "worker/packets.hpp"

#include <algorithm>
#include <cstring>

namespace pilotlight::worker {
namespace {

/// Do two tensors have the same bytes? What lies outside of the arena is refused when it is bound.
bool is_same(tensor_entry const& one, tensor_entry const& other, std::span<std::byte const> arena)
{
  auto const inside = [&](tensor_entry const& each) {
    return each.offset <= arena.size() && each.length <= arena.size() - each.offset;
  };
  return one.length == other.length && inside(one) && inside(other) &&
         std::memcmp(arena.data() + one.offset, arena.data() + other.offset, one.length) == 0;
}

bool is_alike(taken const& one, taken const& other, std::span<std::byte const> arena)
{
  return std::ranges::equal(one.table.tensors, other.table.tensors,
                            [arena](auto const& a, auto const& b) { return is_same(a, b, arena); });
}

bool are_alike(std::span<taken* const> members, std::span<std::byte const> arena)
{
  return std::ranges::all_of(members, [&](auto const* each) { return is_alike(*members.front(), *each, arena); });
}

} // namespace

/// Decides who runs next. With several there and room for more it waits a little, if that has been worth it.
bool serving::gather(batch_facts& facts)
{
  auto const rows = requests_.first_rows();
  facts.rows = rows;
  if (!pace_.on() || rows == 0) {
    requests_.select(0);
    return true;
  }
  facts.shape = requests_.first_shape();
  auto const most = pace_.rows(facts.shape);
  auto const* chosen = &requests_.select(most);
  auto const start_ns = monotonic_ns();
  auto const there = chosen->places.size();
  auto const end_ns = start_ns + pace_.delay_ns(there);
  auto now_ns = start_ns;
  while (chosen->rows < most && !lane_.has_canary() && now_ns < end_ns) {
    if (!idle_.wait_until(end_ns, [this] { return has_work(); })) return false;
    lane_.take();
    requests_.take(ring_entries);
    if (broken()) break;
    chosen = &requests_.select(most);
    now_ns = monotonic_ns();
  }
  facts.rows = chosen->rows;
  facts.full = chosen->full;
  facts.joined = chosen->places.size() > 1;
  facts.waited_ns = now_ns - start_ns;
  facts.waiting_brought = chosen->places.size() > there;
  return true;
}

bool serving::serve_batch(std::span<taken* const> members, batch_facts facts)
{
  auto const start_ns = monotonic_ns();
  ids_.clear();
  for (auto* each : members) {
    ids_.push_back(each->done.request);
    each->done.started_ns = start_ns;
  }
  progress_.begin(ids_, start_ns);
  auto const alike = !proven_ && are_alike(members, channel_.requests);
  auto const what = join_.run(members, facts.rows, channel_.requests);
  facts.forward_ns = monotonic_ns() - start_ns;
  if (what == batch_join::outcome::failed) {
    progress_.end();
    return split(members, facts);
  }
  if (what == batch_join::outcome::uneven) {
    give_up("an output has not as many rows along its batch dimension as the inputs have together");
    return split(members, facts);
  }
  if (!proven_ && !(alike && alike_proven_)) return prove(members, alike);
  pace_.learn(facts);
  progress_.count_turns(members.size());
  return send_parts(members);
}

bool serving::send_parts(std::span<taken* const> members)
{
  auto sent = true;
  for (auto* each : members)
    sent = sent && replies_.send(*each, join_.part(*each));
  execution_.clear();
  return sent;
}

/// The first batch runs twice, together and singly, and is answered from the latter: a model whose rows look at each
/// other must not be batched, whatever model.toml says. So does the first of different requests: a mean of equal rows
/// is any one of them.
bool serving::prove(std::span<taken* const> members, bool alike)
{
  join_.keep();
  auto different = std::string();
  auto succeeded = true;
  for (auto* each : members) {
    auto const& part = join_.part(*each);
    auto& done = each->done;
    done = {};
    done.request = each->asked.request;
    done.started_ns = monotonic_ns();
    progress_.count_turns(1);
    progress_.begin({&done.request, 1}, done.started_ns);
    auto const why = execution_.run(*each, channel_.requests);
    succeeded = succeeded && !why;
    if (!why && different.empty()) different = batch_join::difference(part, execution_.outputs());
    if (!(why ? replies_.send(*each, *why) : replies_.send(*each, execution_.outputs()))) return false;
  }
  execution_.clear();
  if (!different.empty()) give_up(different + " of requests that run together is not what it is when they run alone");
  (alike ? alike_proven_ : proven_) = succeeded && different.empty();
  return true;
}

/// Each by itself: a bad request fails alone.
bool serving::split(std::span<taken* const> members, batch_facts const& facts)
{
  auto failed = false;
  for (auto* each : members) {
    each->done = {};
    each->done.request = each->asked.request;
    if (!serve(*each)) return false;
    failed = failed || each->done.status != fault::none;
  }
  if (failed || !pace_.on()) return true;
  // None of them was bad: together they are too many, or the model takes no more than one.
  if (!pace_.halve(facts.shape, facts.rows)) give_up("forward() fails for requests together that it answers alone");
  return true;
}

void serving::give_up(std::string const& why)
{
  if (!pace_.on()) return;
  pace_.turn_off();
  say(channel_.control, notice{"requests are not batched any more: " + why});
}

} // namespace pilotlight::worker
