// What was decided lately for a model, when and why? A bounded memory for explain; executes nothing. Pure.
#pragma once
#include "proxy/decide/action.hpp"
#include "proxy/decide/facts.hpp"

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::decide {

/// The facts that a decision went by, short.
struct facts_then
{
  rung at = rung::zero;
  int ready = 0, starting = 0, draining = 0;
  std::uint32_t waiting = 0, in_flight = 0;
  double concurrency = 0;
  duration p95{0}, service{0}, idle{0};
  double cores = 0;
  double forecast_rate = -1;
  rung forecast_floor = rung::zero;
  duration advice_holds{-1};
  std::string_view advice;

  bool operator==(facts_then const&) const = default;
};

facts_then in_short(model_facts const& facts);

struct decision
{
  std::uint64_t number = 0; ///< counts up over all models from 1; a stream goes on after the last one it has shown
  instant first{}, last{};  ///< equal, but for one that was taken again and again
  std::uint32_t times = 1;
  action what;
  facts_then facts; ///< of the last time
};

/// Keeps the newest decisions of each model, and merges one that repeats the model's last (same kind, goal, dry_run;
/// the figures in its reason may differ) into it: a refusal each second is one line with a count, not sixty.
class decision_log
{
public:
  explicit decision_log(std::size_t kept_per_model = 100) : kept_(kept_per_model) {}

  /// From now on so many for each model, at least 1. Of those kept already the newest stay.
  void keep(std::size_t per_model);

  /// What one tick decided, in its order, beside the facts of those models. Returns those that are new, not repeated:
  /// they are worth a log line.
  std::vector<decision> note(std::span<action const> actions, std::span<model_facts const> models, instant now);

  /// Oldest first. Empty for an unknown model. Valid until the next note.
  std::deque<decision> const& of(model_index model) const;
  /// Of all models, those numbered above `number`, in order; of them at most the newest `limit`.
  std::vector<decision> after(std::uint64_t number, std::size_t limit) const;
  /// Of the newest decision; 0: none yet.
  std::uint64_t newest() const { return count_; }

private:
  std::size_t kept_;
  std::vector<std::deque<decision>> models_; ///< by model_index
  std::uint64_t count_ = 0;
};

} // namespace pilotlight::decide
