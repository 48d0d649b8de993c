#include "worker/serve.hpp"

#include "worker/clock.hpp"
#include "worker/sentence.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <time.h>

#include <torch/csrc/jit/runtime/jit_exception.h>

namespace pilotlight::worker {
namespace {

constexpr std::size_t longest_sentence = 1024;

std::uint32_t saturated(std::uint64_t value)
{
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

void note_compute(completion& done, std::uint64_t ns)
{
  done.compute_ns = saturated(ns);
  done.compute_excess_us = saturated((ns - done.compute_ns) / 1000);
}

failure failed_forward(std::string_view text)
{
  return {blame(text), "forward() failed: " + first_meaningful_line(text)};
}

} // namespace

serving::serving(channel const& with, model& served, binding bind, output_names names, bool restore, bool spin)
    : channel_(with), model_(served), bind_(bind), names_(std::move(names)), restore_(restore),
      header_(with.memory.header()), submissions_(header_.submissions, with.memory.submissions()),
      completions_(header_.completions, with.memory.completions()), arena_(with.memory),
      idle_(channel_.own, header_.worker_sleeps, with.control, spin),
      room_(channel_.own, header_.worker_lacks_room, with.control, false)
{
  table_bytes_.reserve(4096);
}

void serving::run()
{
  auto request = submission();
  while (!submissions_.broken() && !arena_.broken()) {
    if (submissions_.pop(request)) {
      if (!serve(request)) return;
    } else if (!idle_.wait([this] { return !submissions_.empty() || submissions_.broken(); })) {
      return;
    }
  }
}

/// False: nobody is there any more to answer to.
bool serving::serve(submission const& request)
{
  auto done = completion();
  done.request = request.request;
  done.started_ns = monotonic_ns();
  if (request.flags & heartbeat) return push(done);
  auto const turns = header_.progress.turns.load(std::memory_order_relaxed) + 1;
  header_.progress.turns.store(turns, std::memory_order_relaxed);
  header_.progress.since_ns.store(done.started_ns, std::memory_order_relaxed);
  // release: who sees the request sees since when.
  header_.progress.request.store(request.request, std::memory_order_release);
  auto const why = compute(request, done);
  auto const sent = why ? reply(done, *why) : reply(done);
  outputs_.clear();
  value_ = c10::IValue();
  return sent;
}

std::optional<failure> serving::compute(submission const& request, completion& done)
{
  if (auto const taken = take_up(request); !taken) return taken.error();
  try {
    if (restore_) model_.restore();
    if (auto const bound = bind_(table_, channel_.requests, stack_); !bound) return bound.error();
  } catch (std::exception const& error) {
    return failure{fault::internal, "making the input tensors: " + first_meaningful_line(error.what())};
  }
  auto const bound_ns = monotonic_ns();
  done.input_ns = saturated(bound_ns - done.started_ns);
  auto computed = forward();
  note_compute(done, monotonic_ns() - bound_ns);
  stack_.clear();
  if (!computed) return computed.error();
  value_ = std::move(*computed);
  if (auto const flat = flatten(value_, names_, outputs_); !flat) return flat.error();
  layout_.plan(outputs_);
  if (arena_.too_large(layout_.bytes()))
    return failure{fault::too_large, "the reply takes " + std::to_string(layout_.bytes()) +
                                         " bytes, more than the reply arena has: worker.reply_arena is " +
                                         std::to_string(arena_.size())};
  return std::nullopt;
}

/// Copies the table out of the arena before it is checked.
result<void> serving::take_up(submission const& request)
{
  auto const size = channel_.requests.size();
  if (request.table_length > max_table_bytes || request.table_offset > size ||
      request.table_length > size - request.table_offset)
    return failure{fault::internal, "corrupt submission: its table lies outside the request arena"};
  auto const* from = channel_.requests.data() + request.table_offset;
  table_bytes_.assign(from, from + request.table_length);
  return read_table(table_bytes_, size, table_);
}

result<c10::IValue> serving::forward()
{
  try {
    return model_.forward(stack_);
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

bool serving::reply(completion& done, failure const& why)
{
  auto const sentence = std::string_view(why.sentence).substr(0, longest_sentence);
  auto const block = wait_for_block(sentence.size());
  if (!block) return false;
  std::memcpy(arena_.at(*block, sentence.size()).data(), sentence.data(), sentence.size());
  done.status = why.kind;
  done.block_offset = *block;
  done.block_length = buddy::block_size(sentence.size());
  done.table_length = static_cast<std::uint32_t>(sentence.size());
  return push(done);
}

bool serving::reply(completion& done)
{
  auto const start_ns = monotonic_ns();
  auto const block = wait_for_block(layout_.bytes());
  if (!block) return false;
  done.block_offset = *block;
  done.block_length = buddy::block_size(layout_.bytes());
  done.table_length = static_cast<std::uint32_t>(layout_.table_length());
  try {
    layout_.write(outputs_, *block, arena_.at(*block, layout_.bytes()));
  } catch (std::exception const& error) {
    // The block is ours already: the sentence goes there.
    auto const sentence = ("copying the outputs: " + first_meaningful_line(error.what())).substr(0, longest_sentence);
    std::memcpy(arena_.at(*block, sentence.size()).data(), sentence.data(), sentence.size());
    done.status = fault::internal;
    done.table_length = static_cast<std::uint32_t>(sentence.size());
  }
  done.output_ns = saturated(monotonic_ns() - start_ns);
  return push(done);
}

/// Nothing: the proxy is gone.
std::optional<std::uint64_t> serving::wait_for_block(std::size_t bytes)
{
  for (;;) {
    if (auto const block = arena_.allocate(bytes)) return block;
    if (arena_.broken()) return std::nullopt;
    // Waiting for readers is not executing.
    header_.progress.request.store(0, std::memory_order_release);
    if (!room_.wait([this] { return arena_.has_releases() || arena_.broken(); })) return std::nullopt;
  }
}

bool serving::push(completion const& done)
{
  // release: ordered before the push, so that no completion that can be seen is also "executing".
  header_.progress.request.store(0, std::memory_order_release);
  while (!completions_.push(done)) {
    // The proxy has room for all it submits; it is behind, and rings nobody for taking completions.
    auto const pause = timespec{0, 100'000};
    ::nanosleep(&pause, nullptr);
  }
  if (must_ring(header_.proxy_sleeps)) channel_.proxy.ring();
  return true;
}

} // namespace pilotlight::worker
