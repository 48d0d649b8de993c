#include "worker/backlog.hpp"

#include <ranges>

namespace pilotlight::worker {

backlog::backlog(channel const& with, batch_axes axes)
    : channel_(with), axes_(std::move(axes)), submissions_(with.memory.header().submissions, with.memory.submissions())
{
}

void backlog::take(std::size_t most)
{
  auto asked = submission();
  while (waiting_.size() < most && submissions_.pop(asked)) {
    if (spare_.empty()) spare_.push_back(std::make_unique<taken>());
    auto& fresh = *waiting_.emplace_back(std::move(spare_.back()));
    spare_.pop_back();
    take_up(asked, channel_.requests, fresh);
    auto const alone = fresh.refused || (asked.flags & run_alone) != 0;
    candidates_.push_back({&fresh.table, alone ? 0 : rows_of(fresh.table, axes_)});
  }
}

selection const& backlog::select(std::int64_t max_rows)
{
  choose(candidates_, max_rows, axes_, selected_);
  return selected_;
}

std::span<taken* const> backlog::release()
{
  members_.clear();
  // From the last to the first, so that the places before stay true.
  for (auto const place : std::views::reverse(selected_.places)) {
    auto const at = static_cast<std::ptrdiff_t>(place);
    gone_.push_back(std::move(waiting_[place]));
    waiting_.erase(waiting_.begin() + at);
    candidates_.erase(candidates_.begin() + at);
  }
  for (auto const& each : std::views::reverse(gone_))
    members_.push_back(each.get());
  selected_.places.clear();
  return members_;
}

void backlog::recycle()
{
  for (auto& each : gone_)
    spare_.push_back(std::move(each));
  gone_.clear();
}

} // namespace pilotlight::worker
