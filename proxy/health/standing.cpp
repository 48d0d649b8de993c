#include "proxy/health/standing.hpp"

namespace pilotlight::health {

std::optional<level_change> instance_standing::take(finding found, instant when, policy const& how)
{
  auto& one = checks_[static_cast<std::size_t>(found.what)];
  if (found.certain && found.score < one.score.value())
    one.score.set(found.score);
  else
    one.score.take(found.score, how.failure_threshold, how.recovery_threshold);
  one.last = std::move(found);
  one.when = when;

  auto scores = std::array<std::optional<int>, checks>();
  for (std::size_t i = 0; i < checks; ++i)
    if (checks_[i].last) scores[i] = checks_[i].score.value();
  score_ = instance_score(scores);
  auto const before = at_;
  at_ = level_of(*score_);
  if (at_ == before) return std::nullopt;
  return level_change{before, at_, *score_, worst_sentence()};
}

std::string const& instance_standing::worst_sentence() const
{
  auto const* worst = &checks_.front();
  for (auto const& each : checks_)
    if (each.last && each.score.value() < worst->score.value()) worst = &each;
  static std::string const nothing;
  return worst->last ? worst->last->sentence : nothing;
}

std::optional<level_change> score_standing::take(std::optional<int> score, policy const& how, bool certain)
{
  if (!score) {
    *this = {};
    return std::nullopt;
  }
  score_ = certain && *score < steadied_.value()
               ? steadied_.set(*score)
               : steadied_.take(*score, how.failure_threshold, how.recovery_threshold);
  auto const before = at_;
  at_ = level_of(*score_);
  if (at_ == before) return std::nullopt;
  return level_change{before, at_, *score_, {}};
}

} // namespace pilotlight::health
