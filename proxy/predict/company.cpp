#include "proxy/predict/company.hpp"

#include <algorithm>

namespace pilotlight::predict {

company::member company::join()
{
  if (vacant_.empty()) {
    until_.push_back(nothing);
    return static_cast<member>(until_.size() - 1);
  }
  auto const place = vacant_.back();
  vacant_.pop_back();
  return place;
}

void company::leave(member who)
{
  keeps(who, 0, 0);
  vacant_.push_back(who);
}

void company::turn(member who, bool keeps, double when)
{
  keeps ? ++keepers_ : --keepers_;
  keeps ? sum_ += who : sum_ -= who;
  auto const next = change{std::max(when, back(0).when), std::min(keepers_, 2U),
                           keepers_ == 1 ? static_cast<member>(sum_) : member{0}};
  if (next.keepers == back(0).keepers && next.only == back(0).only) return;
  newest_ = (newest_ + 1) % remembered;
  known_ = std::min(known_ + 1, remembered);
  changes_[newest_] = next;
}

/// Whatever ends before `now` has ended, the earliest first.
void company::pass(double now)
{
  while (first_end_ <= now) {
    auto const first = std::min_element(until_.begin(), until_.end());
    first_end_ = first == until_.end() ? nothing : *first;
    if (first_end_ > now) return;
    *first = nothing;
    turn(static_cast<member>(first - until_.begin()), false, first_end_);
  }
}

void company::keeps(member who, double now, double until)
{
  pass(now);
  auto& mine = until_[who];
  auto const kept = mine<nothing, keeps = until> now;
  mine = keeps ? until : nothing;
  if (keeps != kept) turn(who, keeps, now);
  first_end_ = std::min(first_end_, mine);
}

bool company::others_keep(member who, double now)
{
  pass(now);
  return !is_alone(back(0), who);
}

double company::alone(member who, double from, double to)
{
  pass(to);
  double sum = 0;
  auto end = to;
  for (std::size_t steps = 0; steps < known_ && end > from; ++steps) {
    auto const& since = back(steps);
    auto const begin = std::max(since.when, from);
    if (begin >= end) continue;
    if (is_alone(since, who)) sum += end - begin;
    end = begin;
  }
  return sum + std::max(0.0, end - from);
}

} // namespace pilotlight::predict
