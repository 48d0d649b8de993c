// How do several requests become one forward, and its outputs theirs again? Concatenates their inputs along the batch
// dimension and cuts the outputs at the same places. Runs the model.
#pragma once
#include "worker/batch_match.hpp"
#include "worker/execution.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::worker {

class batch_join
{
public:
  batch_join(execution& run, batch_dimensions where) : execution_(run), where_(std::move(where)) {}

  enum class outcome : std::uint8_t
  {
    joined, ///< `part` has each one's outputs
    failed, ///< it could not be bound or threw: one of them may be bad, or all together too much
    uneven, ///< an output has not as many rows as went in: this model has no batch dimension there
  };
  /// `rows`: of all of them. Fills the times of their `done`.
  outcome run(std::span<taken* const> members, std::int64_t rows, std::span<std::byte const> arena);

  /// Outputs of the next member, in order; valid until the next call, or the execution's next run.
  std::vector<output> const& part(taken const& member);
  /// Keeps the outputs beyond the execution's next runs, until the next `run` here.
  void keep() { kept_ = execution_.move_out(); }
  /// Whether its outputs alone are those of `part`, within what a batched kernel may differ: empty, or which is not.
  static std::string difference(std::vector<output> const& part, std::vector<output> const& alone);

private:
  result<void> bind(std::span<taken* const> members, std::span<std::byte const> arena);
  bool even(std::int64_t rows) const;
  std::vector<output> const& whole() const { return kept_ ? kept_->outputs : execution_.outputs(); }

  execution& execution_;
  batch_dimensions where_;
  std::vector<std::vector<c10::IValue>> stacks_; ///< of each member
  std::vector<at::Tensor> pieces_;
  std::vector<c10::IValue> stack_;
  std::optional<outputs_of_run> kept_;
  std::int64_t next_row_ = 0;
  std::vector<output> part_;
};

} // namespace pilotlight::worker
