// What do the gaps between calls look like as a whole? A few fading sums, to name a pattern by. Pure.
#pragma once
#include <algorithm>

namespace pilotlight::predict {

struct gap_sums
{
  float calls = 0;   ///< fading over `remembered` idle gaps
  float idle = 0;    ///< gaps of at least shortest_idle
  float seconds = 0; ///< all time passed
  float resting = 0; ///< of it in gaps of more than a minute
  float squares = 0; ///< of the idle gaps, seconds squared

  static constexpr float kept = 1 - 1 / 1'000.0F;

  void called(double count) { calls += static_cast<float>(count); }
  void passed(double gap) { seconds += static_cast<float>(gap); }
  void rested(double gap)
  {
    calls *= kept, idle *= kept, seconds *= kept, resting *= kept, squares *= kept;
    idle += 1;
    if (gap > 60) resting += static_cast<float>(gap);
    squares += static_cast<float>(gap * gap);
  }
  template <class Archive>
  void persist(Archive& archive)
  {
    for (auto* sum : {&calls, &idle, &seconds, &resting})
      archive.real(*sum, 0, 1e12);
    archive.real(squares, 0, 1e20);
  }
};

} // namespace pilotlight::predict
