// What are the scores and levels of one instance, of one model, of the service, after hysteresis? Pure; fed with
// findings and scores.
#pragma once
#include "proxy/health/score.hpp"
#include "proxy/health/steady.hpp"

#include <array>
#include <optional>
#include <string>

namespace pilotlight::health {

struct level_change
{
  level from = level::healthy;
  level to = level::healthy;
  int score = 100;
  std::string sentence{}; ///< what is wrong by the worst check; empty when nothing is
};

/// What is known by one check of one instance.
struct check_standing
{
  steady score;
  std::optional<finding> last{}; ///< nothing: it has not spoken yet
  instant when{};                ///< of the last
};

/// One instance, from ready to its end. Hysteresis is by check: three slow minutes and not three basic checks after one
/// slow minute.
class instance_standing
{
public:
  /// A finding of one of its checks; one that is certain and worse holds at once. Returns the change of level, if any.
  std::optional<level_change> take(finding found, instant when, policy const& how);

  /// Nothing before the first finding: it is trusted, but not counted as healthy.
  std::optional<int> score() const { return score_; }
  level at() const { return at_; }
  check_standing const& of(check which) const { return checks_[static_cast<std::size_t>(which)]; }
  /// Of the check whose steadied score is worst: what is wrong.
  std::string const& worst_sentence() const;

private:
  std::array<check_standing, checks> checks_;
  std::optional<int> score_;
  level at_ = level::healthy;
};

/// A model, or the service: fed once a second with the score of that moment.
class score_standing
{
public:
  /// Nothing: there is nothing to judge (at zero); what was before is forgotten, and it starts trusted again.
  /// `certain`: by a fact of its instances, so that a worse score holds at once.
  std::optional<level_change> take(std::optional<int> score, policy const& how, bool certain = false);

  std::optional<int> score() const { return score_; }
  level at() const { return at_; }

private:
  steady steadied_;
  std::optional<int> score_;
  level at_ = level::healthy;
};

} // namespace pilotlight::health
