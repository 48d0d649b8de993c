// What has been learned of each model's traffic, and kept over a restart: a predictor for each model that was ever
// called. I/O thread only; the disk is the history's business.
#pragma once
#include "proxy/history/store.hpp"
#include "proxy/pool/model.hpp"
#include "proxy/predict/predictor.hpp"

#include <map>

namespace pilotlight::control {

class learning
{
public:
  explicit learning(history::store& history) : history_(history) {}

  /// What the history knows of this model.
  void recall(pool::model const& one);
  /// That many requests have come since the last time.
  void arrived(pool::model const& one, decide::instant now, std::uint64_t count);
  /// The configuration of a model has changed.
  void configure(pool::model const& one);

  /// Null: never called.
  predict::predictor const* of(pool::model const& one) const;
  /// How it should rest, by what was learned, or by the plain delay. Nothing: it was never called. Asked while nothing
  /// is inside; remembers the answer as long as that holds.
  std::optional<predict::warmth> advice(pool::model const& one, decide::instant now, decide::instant idle_since,
                                        decide::start_costs const& costs);

  /// Gives what is known to the history.
  void save(pool::model const& one);

private:
  struct known
  {
    predict::predictor predictor;
    std::optional<predict::warmth> advice;
    bool changed = false;
  };
  known& of_called(pool::model const& one);

  history::store& history_;
  std::shared_ptr<predict::fleet> fleet_ = predict::new_fleet(); ///< all share the one zygote
  std::map<decide::model_index, known> known_;
};

} // namespace pilotlight::control
