#include "proxy/pool/model.hpp"

#include "proxy/oip/metadata.hpp"

#include <algorithm>
#include <filesystem>

namespace pilotlight::pool {
namespace {

constexpr std::size_t max_seen_shapes = 4;

bool same_shapes(std::vector<warmup_tensor> const& a, tensor_table const& b)
{
  return std::equal(a.begin(), a.end(), b.tensors.begin(), b.tensors.end(), [](auto const& x, auto const& y) {
    return x.name == y.name && std::equal(x.shape.begin(), x.shape.end(), y.shape.begin(), y.shape.end());
  });
}

/// Widens what is known so far by one more sight: a dimension that differs becomes -1.
void widen(std::vector<tensor_spec>& known, tensor_table const& table)
{
  for (auto const& tensor : table.tensors) {
    auto found = std::find_if(known.begin(), known.end(), [&](auto const& spec) { return spec.name == tensor.name; });
    if (found == known.end()) {
      known.push_back({std::string(tensor.name), tensor.type, std::vector(tensor.shape.begin(), tensor.shape.end())});
      continue;
    }
    if (!found->shape || found->shape->size() != tensor.shape.size()) {
      found->shape.reset();
      continue;
    }
    for (std::size_t i = 0; i < tensor.shape.size(); ++i)
      if ((*found->shape)[i] != tensor.shape[i]) (*found->shape)[i] = -1;
  }
}

/// Before anything of it was weighed: its file, and what LibTorch adds to a small model.
void expect_bytes(decide::start_costs& costs, std::string const& file)
{
  constexpr auto mebibyte = std::uint64_t{1} << 20;
  auto unknown = std::error_code();
  auto const weights = std::filesystem::file_size(file, unknown);
  if (unknown) return;
  costs.bytes[static_cast<std::size_t>(decide::rung::model_zygote)] = weights + 30 * mebibyte;
  costs.bytes[static_cast<std::size_t>(decide::rung::instance)] = weights + 50 * mebibyte;
}

} // namespace

void ticket::give_up()
{
  if (auto* request = std::exchange(request_, nullptr)) request->owner->abandon(*request);
}

model::model(model_spec spec, surroundings around, decide::model_index index)
    : spec_(std::move(spec)), around_(around), index_(index), limits_(&spec_.toml.limits),
      known_since_(around.wall.now()), idle_timer_(around.io), retry_timer_(around.io)
{
  take_strategy();
  expect_bytes(costs_, spec_.path);
  known_inputs_ = oip::known_inputs(spec_, {});
  known_outputs_ = oip::known_outputs(spec_, {});
  statistics_.name = spec_.name;
  statistics_.version = spec_.version;
}

model::~model() = default;

std::size_t model::running() const
{
  auto count = std::size_t{0};
  for (auto const& each : instances_)
    count += each->in_flight.size();
  return count;
}

std::optional<clock::time_point> model::oldest_arrival() const
{
  // A request that survived its worker stands at the front again: the list is in order of arrival, nearly.
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().times.arrived;
}

std::string model::why_not_ready() const
{
  if (disabled_) return reason_;
  if (!spec_.error.empty()) return spec_.error;
  if (distrusted_ || state_ == decide::model_state::failed) return reason_;
  if (!spec_.description.error.empty()) return spec_.description.error;
  return why_not_started();
}

std::string model::why_not_started() const
{
  return limits_->refuse_over_budget && !begun_ ? around_.fleet.refuses_start(*this) : std::string();
}

collect::model_meter& model::meter()
{
  if (!meter_) meter_ = std::make_unique<collect::model_meter>(collect::moment{clock::now(), known_since_});
  return *meter_;
}

std::size_t model::awaited() const
{
  auto count = inside_;
  for (auto const& each : instances_)
    count -= static_cast<std::size_t>(std::count_if(each->in_flight.begin(), each->in_flight.end(),
                                                    [](auto const* request) { return request->abandoned; }));
  return count;
}

decide::hold_facts model::hold_facts(std::size_t request_bytes) const
{
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  auto facts = decide::hold_facts();
  facts.model = spec_.name;
  facts.waiting = waiting_.size() + admitted_;
  facts.bytes = held_bytes_;
  facts.request_bytes = request_bytes;
  facts.starting = state_ == decide::model_state::zero || state_ == decide::model_state::cold_start ||
                   state_ == decide::model_state::scaling_down;
  if (starting_) facts.start_elapsed = duration_cast<milliseconds>(clock::now() - start_.begun);
  facts.start_measured = duration_cast<milliseconds>(start_measured_);
  facts.service_measured = duration_cast<std::chrono::microseconds>(service_);
  facts.instances = static_cast<int>(instances_.size());
  return facts;
}

result<ticket> model::admit(std::size_t body_bytes)
{
  if (disabled_) return failure{fault::unavailable, reason_};
  if (distrusted_) return failure{fault::unavailable, reason_};
  if (!spec_.error.empty()) return failure{fault::unavailable, spec_.error};
  if (state_ == decide::model_state::failed) {
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(breaker_.next_try - clock::now());
    return failure{fault::unavailable, "model '" + spec_.name + "' cannot be started: " + reason_,
                   std::max(left, std::chrono::milliseconds(1'000))};
  }
  if (auto why = why_not_started(); !why.empty()) return failure{fault::unavailable, std::move(why)};
  auto const limits = decide::hold_limits{around_.config.hold.max_requests, around_.config.hold.max_bytes};
  if (auto const admitted = decide::admit(hold_facts(body_bytes), limits); !admitted) return admitted.error();
  auto& request = around_.requests.take();
  request.owner = this;
  request.held_bytes = body_bytes;
  request.times.arrived = clock::now();
  ++admitted_;
  held_bytes_ += body_bytes;
  return ticket(request);
}

result<channel::arena_block> model::allocate(std::size_t bytes)
{
  if (!arena_) {
    auto made = channel::request_arena::make(around_.config.hold.max_bytes);
    if (!made) return made.error();
    arena_ = std::move(*made);
  }
  auto block = arena_->allocate(bytes);
  if (block) return std::move(*block);
  return failure{fault::unavailable,
                 "model '" + spec_.name + "' holds too many bytes of requests (hold.max_bytes = " +
                     std::to_string(around_.config.hold.max_bytes) + ")",
                 decide::retry_after(hold_facts(bytes))};
}

result<void> model::charge(pending& request, std::size_t body_bytes)
{
  auto const more = body_bytes > request.held_bytes ? body_bytes - request.held_bytes : 0;
  if (held_bytes_ + more > around_.config.hold.max_bytes)
    return failure{fault::unavailable,
                   "model '" + spec_.name + "' holds too many bytes of requests (hold.max_bytes = " +
                       std::to_string(around_.config.hold.max_bytes) + ")",
                   decide::retry_after(hold_facts(body_bytes))};
  request.held_bytes += more;
  held_bytes_ += more;
  return {};
}

void model::count_cold_start()
{
  if (std::exchange(awaited_start_, true)) return;
  ++cold_starts_;
  meter().cold_start(around_.wall.now());
}

void model::enqueue(pending& request)
{
  --admitted_;
  ++inside_;
  request.phase = phase::waiting;
  request.waiting_since = request.times.arrived;
  around_.fleet.work_came();
  if (disabled_ || distrusted_ || state_ == decide::model_state::failed) {
    auto const sentence =
        disabled_ || distrusted_ ? reason_ : "model '" + spec_.name + "' cannot be started: " + reason_;
    waiting_.push_back(request);
    return fail(request, {fault::unavailable, sentence, std::chrono::milliseconds(1'000)});
  }
  request.cold = !begun_ || starting_ || stopping_;
  if (begun_ && starting_) count_cold_start(); // begun ahead, and too late
  last_used_ = request.times.arrived;
  asked_ahead_.reset();
  meter().arrived(last_used_);
  waiting_.push_back(request);
  if (sequenced() && !join_sequence(request)) return;
  if (!sequenced() && !request.sequence_id.empty() && !spec_.description.state.empty())
    return fail(request,
                {fault::bad_request, "model '" + spec_.name +
                                         "' answers every request from the state of a fresh load: for "
                                         "parameters.sequence_id, set stateful = \"sequence\" in its model.toml"});
  apply(decide::model_event::request);
  if (wanted_ == 0 && begun_ && !stopping_) { // it rests as a model zygote: one fork away
    wanted_ = 1;
    replenish();
  }
  pump();
}

void model::abandon(pending& request)
{
  switch (request.phase) {
  case phase::vacant: return;
  case phase::admitted: --admitted_; break;
  case phase::waiting:
    waiting_.erase(waiting_.iterator_to(request));
    left(request, true, true);
    break;
  case phase::running:
    // The worker reads its block: it stays until the completion or the worker's end.
    request.abandoned = true;
    request.watch = nullptr;
    return;
  case phase::done: break;
  }
  if (request.on) {
    request.abandoned = true; // answered (504), but still in a worker
    request.phase = phase::running;
    return;
  }
  held_bytes_ -= request.held_bytes;
  around_.requests.put_back(request);
  drop_arena_if_unused();
}

void model::fail(pending& request, failure why)
{
  if (request.phase == phase::waiting) {
    waiting_.erase(waiting_.iterator_to(request));
    return finish(request, std::move(why));
  }
  if (request.phase != phase::running || request.abandoned) return;
  request.error = std::move(why);
  request.phase = phase::done; // `on` stays: abandon() will know that a worker still has it
  statistics_.fail.add(static_cast<std::uint64_t>((clock::now() - request.times.arrived).count()));
  around_.fleet.answered(request.id);
}

void model::finish(pending& request, std::optional<failure> error)
{
  auto const now = clock::now();
  auto const took = now - request.times.arrived;
  auto const answered = !error && request.phase != phase::done && !request.abandoned;
  if (answered) meter().answered(around_.wall.both(now), took, !request.cold);
  left(request, !answered, request.abandoned);
  request.on = nullptr;
  if (request.phase == phase::done || request.abandoned) { // answered before, or nobody is there
    auto const gone = request.abandoned;
    request.phase = phase::done;
    if (!gone) return;
    held_bytes_ -= request.held_bytes;
    around_.requests.put_back(request);
    return drop_arena_if_unused();
  }
  (error ? statistics_.fail : statistics_.success).add(static_cast<std::uint64_t>(took.count()));
  request.error = std::move(error);
  request.phase = phase::done;
  around_.fleet.answered(request.id);
}

/// It is no longer inside: idle time counts from here.
void model::left(pending& request, bool failed, bool by_client)
{
  --inside_;
  last_used_ = clock::now();
  if (failed) meter().failed(last_used_, by_client);
  if (sequenced()) left_sequence(request);
  check_idle();
}

void model::drop_arena_if_unused()
{
  auto const gone = state_ == decide::model_state::zero || state_ == decide::model_state::failed;
  if (gone && instances_.empty() && arena_ && arena_->used() == 0) arena_.reset();
}

void model::saw(tensor_table const& inputs, tensor_table const& outputs)
{
  for (auto const& shapes : seen_shapes_)
    if (same_shapes(shapes, inputs)) return;
  widen(seen_inputs_, inputs);
  widen(seen_outputs_, outputs);
  auto shapes = std::vector<warmup_tensor>();
  for (auto const& tensor : inputs.tensors)
    shapes.push_back({std::string(tensor.name), std::string(to_string(tensor.type)),
                      std::vector(tensor.shape.begin(), tensor.shape.end())});
  if (seen_shapes_.size() == max_seen_shapes) seen_shapes_.erase(seen_shapes_.begin());
  seen_shapes_.push_back(std::move(shapes));
}

void model::describe(signature description)
{
  if (next_spec_) {
    next_spec_->description = std::move(description);
    return;
  }
  spec_.description = std::move(description);
  known_inputs_ = oip::known_inputs(spec_, {});
  known_outputs_ = oip::known_outputs(spec_, {});
}

} // namespace pilotlight::pool
