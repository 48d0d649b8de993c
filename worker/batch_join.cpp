#include "worker/batch_join.hpp"

#include "worker/clock.hpp"

#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>

namespace pilotlight::worker {
namespace {

/// How far a batched kernel may stray, against the largest value: it blocks and adds in another order.
double tolerance_of(datatype type)
{
  switch (type) {
  case datatype::fp16:
  case datatype::bf16: return 2e-2;
  case datatype::fp32: return 1e-3;
  case datatype::fp64: return 1e-6;
  default: return 0;
  }
}

bool alike(output const& joined, output const& alone)
{
  if (joined.name != alone.name || joined.type != alone.type || joined.tensor.sizes() != alone.tensor.sizes())
    return false;
  auto const tolerance = tolerance_of(alone.type);
  if (tolerance == 0) return joined.tensor.equal(alone.tensor);
  if (alone.tensor.numel() == 0) return true;
  auto const largest = alone.tensor.abs().to(at::kDouble).nan_to_num(0, 0, 0).max().item<double>();
  return at::allclose(joined.tensor, alone.tensor, 0, tolerance * std::max(largest, 1e-6), true);
}

} // namespace

batch_join::outcome batch_join::run(std::span<taken* const> members, std::int64_t rows,
                                    std::span<std::byte const> arena)
{
  kept_.reset();
  next_row_ = 0;
  auto const start_ns = monotonic_ns();
  if (!bind(members, arena)) return outcome::failed;
  auto const bound_ns = monotonic_ns();
  auto const why = execution_.run(stack_);
  auto const end_ns = monotonic_ns();
  for (std::size_t i = 0; i < members.size(); ++i) {
    auto& done = members[i]->done;
    done.input_ns = saturated(bound_ns - start_ns);
    note_compute(done, end_ns - bound_ns);
    done.batch_size = static_cast<std::uint16_t>(members.size());
    done.batch_place = static_cast<std::uint16_t>(i);
  }
  if (why) return outcome::failed;
  return even(rows) ? outcome::joined : outcome::uneven;
}

result<void> batch_join::bind(std::span<taken* const> members, std::span<std::byte const> arena)
{
  stacks_.resize(std::max(stacks_.size(), members.size()));
  for (std::size_t i = 0; i < members.size(); ++i)
    if (auto bound = execution_.bind(*members[i], arena, stacks_[i]); !bound) return bound;
  try {
    stack_ = std::move(stacks_[0]);
    auto const first_argument = stack_.size() - execution_.parameters().size();
    for (std::size_t at = 0; at < execution_.parameters().size(); ++at) {
      auto& value = stack_[first_argument + at];
      // An argument that is no tensor is the same in all of them; so is one that none has given.
      if (execution_.parameters()[at].kind != parameter_kind::tensor || !value.isTensor()) continue;
      pieces_.assign(1, std::move(value).toTensor());
      for (std::size_t i = 1; i < members.size(); ++i)
        pieces_.push_back(std::move(stacks_[i][first_argument + at]).toTensor());
      value = at::cat(pieces_, static_cast<std::int64_t>(where_.inputs.of(execution_.parameters()[at].name)));
    }
    pieces_.clear();
    return {};
  } catch (std::exception const& error) {
    return failure{fault::internal, error.what()};
  }
}

bool batch_join::even(std::int64_t rows) const
{
  for (auto const& each : execution_.outputs()) {
    auto const axis = static_cast<std::int64_t>(where_.outputs.of(each.name));
    if (each.tensor.dim() <= axis || each.tensor.size(axis) != rows) return false;
  }
  return true;
}

std::vector<output> const& batch_join::part(taken const& member)
{
  auto const rows = rows_of(member.table, where_.inputs);
  part_.clear();
  for (auto const& each : whole()) {
    auto const axis = static_cast<std::int64_t>(where_.outputs.of(each.name));
    part_.push_back({each.name, each.type, each.tensor.narrow(axis, next_row_, rows)});
  }
  next_row_ += rows;
  return part_;
}

std::string batch_join::difference(std::vector<output> const& part, std::vector<output> const& alone)
{
  if (part.size() != alone.size()) return "the number of outputs";
  for (std::size_t i = 0; i < part.size(); ++i)
    if (!alike(part[i], alone[i])) return "output '" + std::string(alone[i].name) + "'";
  return {};
}

} // namespace pilotlight::worker
