#include "worker/execution.hpp"

#include "worker/clock.hpp"
#include "worker/sentence.hpp"

#include <algorithm>
#include <limits>

#include <torch/csrc/jit/runtime/jit_exception.h>

namespace pilotlight::worker {
namespace {

failure failed_forward(std::string_view text)
{
  return {blame(text), "forward() failed: " + first_meaningful_line(text)};
}

} // namespace

std::uint32_t saturated(std::uint64_t value)
{
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

void note_compute(completion& done, std::uint64_t ns)
{
  done.compute_ns = saturated(ns);
  done.compute_excess_us = saturated((ns - done.compute_ns) / 1000);
}

std::optional<failure> execution::run(taken& request, std::span<std::byte const> arena)
{
  if (!request.probe || restore_ || !model_.has_state()) return run_on_state(request, arena);
  // The state here is a client's: it must not see that a probe has run.
  try {
    model_.set_state_aside();
  } catch (std::exception const& error) {
    return failure{fault::internal, "setting the state aside: " + first_meaningful_line(error.what())};
  }
  auto why = run_on_state(request, arena);
  model_.take_state_back();
  return why;
}

std::optional<failure> execution::run_on_state(taken& request, std::span<std::byte const> arena)
{
  if (request.refused) return request.refused;
  if (auto const bound = bind(request, arena, stack_); !bound) return bound.error();
  auto const bound_ns = monotonic_ns();
  request.done.input_ns = saturated(bound_ns - request.done.started_ns);
  auto why = run(stack_);
  note_compute(request.done, monotonic_ns() - bound_ns);
  return why;
}

result<void> execution::bind(taken const& request, std::span<std::byte const> arena, std::vector<c10::IValue>& stack)
{
  try {
    if (restore_) model_.restore();
    return bind_(request.table, arena, stack);
  } catch (std::exception const& error) {
    return failure{fault::internal, "making the input tensors: " + first_meaningful_line(error.what())};
  }
}

std::optional<failure> execution::run(std::vector<c10::IValue>& stack)
{
  auto computed = forward(stack);
  stack.clear();
  if (!computed) return computed.error();
  value_ = std::move(*computed);
  if (auto const flat = flatten(value_, names_, outputs_); !flat) return flat.error();
  return std::nullopt;
}

outputs_of_run execution::move_out()
{
  auto moved = outputs_of_run{std::move(value_), std::move(outputs_)};
  clear();
  return moved;
}

void execution::clear()
{
  outputs_.clear();
  value_ = c10::IValue();
}

result<c10::IValue> execution::forward(std::vector<c10::IValue>& stack)
{
  try {
    return model_.forward(stack);
  } catch (c10::OutOfMemoryError const& error) {
    return failure{fault::internal, "forward() failed: " + first_meaningful_line(error.what_without_backtrace())};
  } catch (c10::Error const& error) {
    return failed_forward(error.what_without_backtrace());
  } catch (torch::jit::JITException const& error) {
    return failed_forward(error.getOriginalMsg() && !error.getOriginalMsg()->empty() ? *error.getOriginalMsg()
                                                                                     : error.what());
  } catch (std::exception const& error) {
    return failed_forward(error.what());
  } catch (...) {
    return failure{fault::internal, "forward() failed: it threw something that is no std::exception"};
  }
}

} // namespace pilotlight::worker
