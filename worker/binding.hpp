// Which tensor and which parameter of a request is which argument of forward()? Makes tensors over the arena's memory
// without copying, but for those that the model writes, keeps or that are not aligned.
#pragma once
#include "shared/failure.hpp"
#include "shared/tensor_table.hpp"
#include "worker/model.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <c10/core/Device.h>

namespace pilotlight::worker {

class binding
{
public:
  /// `copy_all`: the model keeps views of its inputs beyond the request. The model outlives the binding.
  binding(model const& served, bool copy_all, std::optional<c10::Device> device);

  /// Fills `stack` for model::forward. The table's offsets count from `arena`, which is not written and stays
  /// until the request is over. Failure fault::bad_request: an argument is missing, unknown, given twice or of the
  /// wrong kind; the sentence names it and says what forward() takes.
  result<void> operator()(tensor_table const& table, std::span<std::byte const> arena,
                          std::vector<c10::IValue>& stack) const;

private:
  result<void> push_tensor(parameter const& wanted, tensor_table const& table, std::span<std::byte const> arena,
                           std::size_t& next, std::size_t& used, std::vector<c10::IValue>& stack) const;
  result<void> push_scalar(parameter const& wanted, tensor_table const& table, std::size_t& used,
                           std::vector<c10::IValue>& stack) const;
  at::Tensor tensor_of(tensor_entry const& entry, std::span<std::byte const> arena, bool copy) const;
  failure explain_surplus(tensor_table const& table) const;
  failure missing(parameter const& wanted) const;

  model const& model_;
  bool copy_all_;
  std::optional<c10::Device> device_;
};

} // namespace pilotlight::worker
