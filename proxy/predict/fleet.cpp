#include "proxy/predict/fleet.hpp"

namespace pilotlight::predict {

void fleet::add(balance const& plain, std::array<balance, prices> const& hazard, balance const& lived, bool ventured)
{
  sums_.fade(4 * remembered_gaps);
  sums_.gaps += 1;
  sums_.plain += plain;
  sums_.lived += lived;
  if (ventured) sums_.ventured += plain.waits;
  for (std::size_t i = 0; i < prices; ++i)
    sums_.hazard[i] += hazard[i];
  ++since_;
}

bool fleet::known() const
{
  return enough_gaps(sums_);
}

double fleet::price(aim what, double delay)
{
  if (since_ >= 16) {
    since_ = 0;
    price_ = choose_hazard(sums_, what, delay).price;
  }
  return price_;
}

} // namespace pilotlight::predict
