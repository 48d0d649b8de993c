#include "worker/batch_pace.hpp"

#include <algorithm>
#include <bit>

namespace pilotlight::worker {
namespace {

/// Clipper's back-off.
constexpr double shrink = 0.9;
/// A row may cost so much more than in smaller batches before that counts: measurements scatter.
constexpr double dearer = 1.1;
constexpr double smoothing = 0.25;

double step(std::int64_t max_rows)
{
  return std::max(1.0, static_cast<double>(max_rows) / 16);
}

/// Small: what a row costs in a small batch must be known before large ones can be judged.
double first_rows(std::int64_t max_rows)
{
  return std::min(static_cast<double>(max_rows), 2.0);
}

/// One batch in so many is half as large as it may be, so that this knowledge does not grow old.
constexpr std::uint64_t second_look = 32;
/// Batches without a delay after waiting has brought nothing.
constexpr int rest = 16;

/// 1 | 2 | 3 | 4-5 | 6-7 | 8-11 | 12-15 | ... : two to an octave.
std::size_t class_of(std::uint64_t rows)
{
  auto const octave = static_cast<std::size_t>(std::bit_width(rows) - 1);
  return 2 * octave + (octave > 0 ? (rows >> (octave - 1)) & 1 : 0);
}

} // namespace

batch_pace::batch_pace(pace_limits limits) : limits_(limits)
{
  shapes_.reserve(max_shapes);
}

std::int64_t batch_pace::rows(std::uint64_t shape) const
{
  auto const* known = find(shape);
  auto const again = known && known->batches % second_look == second_look - 1;
  auto const rows = known ? known->rows / (again ? 2 : 1) : first_rows(limits_.max_rows);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(rows), 1, limits_.max_rows);
}

std::uint64_t batch_pace::delay_ns(std::size_t waiting) const
{
  return on() && waiting > 1 ? static_cast<std::uint64_t>(std::min(delay_ns_, forward_ns_)) : 0;
}

void batch_pace::learn(batch_facts const& what)
{
  if (!on()) return;
  auto& pace = pace_of(what.shape);
  ++pace.batches;
  auto const place = std::min(class_of(static_cast<std::uint64_t>(what.rows)), classes - 1);
  auto const cost = static_cast<double>(what.forward_ns) / static_cast<double>(what.rows);
  auto& known = pace.ns_per_row[place];
  known = known == 0 ? cost : known + (cost - known) * smoothing;
  auto const costs_more = std::any_of(pace.ns_per_row.begin(), pace.ns_per_row.begin() + place,
                                      [&](double smaller) { return smaller != 0 && known > dearer * smaller; });
  auto const late = limits_.latency_target_ns != 0 && what.waited_ns + what.forward_ns > limits_.latency_target_ns;
  if (what.rows > 1 && (late || costs_more))
    pace.rows = std::max(1.0, std::min(pace.rows, static_cast<double>(what.rows)) * shrink);
  else if (what.full && !late && 2 * static_cast<double>(what.rows) > pace.rows) // a second look is no reason to grow
    pace.rows = std::min(pace.rows + step(limits_.max_rows), pace.most);
  learn_delay(what, late);
}

void batch_pace::learn_delay(batch_facts const& what, bool late)
{
  auto const most = static_cast<double>(limits_.delay_max_ns);
  auto const forward = static_cast<double>(what.forward_ns);
  if (what.joined) forward_ns_ = forward_ns_ == 0 ? forward : forward_ns_ + (forward - forward_ns_) * smoothing;
  if (late || (what.waited_ns != 0 && !what.waiting_brought)) {
    delay_ns_ = delay_ns_ / 2 < most / 64 ? 0 : delay_ns_ / 2;
    rest_ = rest;
  } else if (what.joined && !what.full && (delay_ns_ != 0 || --rest_ <= 0)) {
    delay_ns_ = std::min(delay_ns_ + most / 16, most);
  }
}

bool batch_pace::halve(std::uint64_t shape, std::int64_t rows)
{
  auto& pace = pace_of(shape);
  auto const half = std::max<std::int64_t>(1, rows / 2);
  pace.most = static_cast<double>(half);
  pace.rows = std::min(pace.rows, pace.most);
  return pace.most > 1;
}

batch_pace::shape_pace const* batch_pace::find(std::uint64_t shape) const
{
  auto const found =
      std::find_if(shapes_.begin(), shapes_.end(), [&](auto const& each) { return each.shape == shape; });
  return found == shapes_.end() ? nullptr : &*found;
}

batch_pace::shape_pace& batch_pace::pace_of(std::uint64_t shape)
{
  ++turn_;
  if (auto const* known = find(shape)) {
    auto& pace = shapes_[static_cast<std::size_t>(known - shapes_.data())];
    pace.used = turn_;
    return pace;
  }
  if (shapes_.size() == max_shapes)
    shapes_.erase(
        std::min_element(shapes_.begin(), shapes_.end(), [](auto const& a, auto const& b) { return a.used < b.used; }));
  auto& fresh = shapes_.emplace_back();
  fresh.shape = shape;
  fresh.rows = first_rows(limits_.max_rows);
  fresh.most = static_cast<double>(limits_.max_rows);
  fresh.used = turn_;
  return fresh;
}

} // namespace pilotlight::worker
