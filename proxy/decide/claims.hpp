// For whom have less important models given up instances, and is it enough by now? What they gave is for that one: it
// is not won back while that one still lacks room. Pure.
#pragma once
#include "proxy/decide/facts.hpp"
#include "proxy/decide/policy.hpp"

#include <span>
#include <vector>

namespace pilotlight::decide {

class claims
{
public:
  /// What became of a model's wish: an instance was `drained` for it; cores, memory or its turn are still lacking. One
  /// that has what it wanted claims nothing any more, nor one that has not lacked anything for `window`.
  void note(model_index model, bool drained, bool lacks, duration window, instant now);

  /// The next instance may go for it: not before it is measured what the last one has given back.
  bool may_press(model_index model, instant now) const;

  /// Who claims room and is more important than this; null: nobody. A claim of this very moment does not count yet.
  model_policy const* ahead_of(int priority, std::span<model_policy const> policies, instant now) const;

private:
  struct claim
  {
    model_index model = 0;
    instant since{};      ///< the first instance was told to go
    instant drained_at{}; ///< the last one was
    instant until{};      ///< it holds so long if nothing more is lacking
  };

  std::vector<claim> claims_; ///< at most one for each model
};

} // namespace pilotlight::decide
