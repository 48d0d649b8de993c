#include "proxy/simulate/timeline.hpp"

#include <algorithm>

namespace pilotlight::simulate {

timeline::timeline(instant begin, instant end, std::size_t models, std::size_t pieces)
    : begin_(begin), width_(std::max<duration>(std::chrono::seconds(1), (end - begin) / pieces + duration(1))),
      moments_(static_cast<std::size_t>((end - begin) / width_ + 1)), rungs_(models * moments_.size())
{
}

std::size_t timeline::piece_of(instant when) const
{
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>((when - begin_) / width_, 0, static_cast<std::int64_t>(moments_.size()) - 1));
}

template <class Add>
void timeline::spread(instant from, instant to, Add add)
{
  for (auto i = piece_of(from); from < to; ++i) {
    auto const end = i + 1 < moments_.size() ? std::min(to, begin_ + width_ * static_cast<std::int64_t>(i + 1)) : to;
    add(i, in_seconds(end - from));
    from = end;
  }
}

void timeline::hold(instant from, instant to, double instances, double mebibytes)
{
  spread(from, to, [&](std::size_t piece, double seconds) {
    moments_[piece].instances += instances * seconds;
    moments_[piece].mebibytes += mebibytes * seconds;
  });
}

void timeline::hold(std::size_t model, instant from, instant to, decide::rung at)
{
  spread(from, to, [&](std::size_t piece, double seconds) {
    rungs_[model * moments_.size() + piece][static_cast<std::size_t>(at)] += static_cast<float>(seconds);
  });
}

void timeline::count(instant at, double requests, double waited)
{
  auto& piece = moments_[piece_of(at)];
  piece.requests += requests;
  piece.waited += waited;
}

moment timeline::at(std::size_t piece) const
{
  auto mean = moments_[piece];
  mean.instances /= in_seconds(width_);
  mean.mebibytes /= in_seconds(width_);
  return mean;
}

decide::rung timeline::rung_of(std::size_t model, std::size_t piece) const
{
  auto const& spent = rungs_[model * moments_.size() + piece];
  return static_cast<decide::rung>(std::max_element(spent.begin(), spent.end()) - spent.begin());
}

} // namespace pilotlight::simulate
