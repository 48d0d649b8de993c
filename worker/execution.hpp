// How does one request become outputs: bind its tensors, run forward(), take the value apart? Runs the model; what that
// throws ends here, as a failure.
#pragma once
#include "worker/binding.hpp"
#include "worker/model.hpp"
#include "worker/outputs.hpp"
#include "worker/taken.hpp"

#include <optional>
#include <span>
#include <vector>

namespace pilotlight::worker {

/// Outputs with the value that some of their names view.
struct outputs_of_run
{
  c10::IValue value;
  std::vector<output> outputs;
};

class execution
{
public:
  /// `restore`: every request runs on the state of a fresh load. The model outlives this.
  execution(model& served, binding bind, output_names names, bool restore)
      : model_(served), bind_(bind), names_(std::move(names)), restore_(restore)
  {
  }

  /// Fills `outputs()` and the times of `done`, or says why not. A canary leaves the state as it found it.
  std::optional<failure> run(taken& request, std::span<std::byte const> arena);

  /// The steps of `run`, for those who run several requests as one.
  result<void> bind(taken const& request, std::span<std::byte const> arena, std::vector<c10::IValue>& stack);
  std::optional<failure> run(std::vector<c10::IValue>& stack);
  /// Valid until the next run or `clear`.
  std::vector<output> const& outputs() const { return outputs_; }
  outputs_of_run move_out();
  void clear();
  std::span<parameter const> parameters() const { return model_.parameters(); }

private:
  result<c10::IValue> forward(std::vector<c10::IValue>& stack);
  std::optional<failure> run_on_state(taken& request, std::span<std::byte const> arena);

  model& model_;
  binding bind_;
  output_names names_;
  bool restore_;
  // Kept between requests for their capacity.
  std::vector<c10::IValue> stack_;
  c10::IValue value_;
  std::vector<output> outputs_;
};

/// As the descriptor carries it.
void note_compute(completion& done, std::uint64_t ns);
std::uint32_t saturated(std::uint64_t value);

} // namespace pilotlight::worker
