// stateful = "sequence": each sequence gets an instance forked for it alone, in the state of a fresh load, and loses it
// at its end, after an idle time, or when that process dies. A lost sequence is told so, never silently begun again.
#include "proxy/pool/model.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace pilotlight::pool {
namespace {

/// How many lost sequences are remembered, to answer 410 rather than 400.
constexpr std::size_t max_lost = 1'024;

} // namespace

/// False: it was answered instead.
bool model::join_sequence(pending& request)
{
  auto const& id = request.sequence_id;
  if (id.empty()) {
    fail(request, {fault::bad_request, "model '" + spec_.name +
                                           "' is stateful: parameters.sequence_id is needed, with "
                                           "sequence_start in the first request of a sequence"});
    return false;
  }
  auto found = sequences_.find(id);
  if (request.sequence_start) {
    if (found != sequences_.end()) lose_sequence(id, "it was started again");
    std::erase_if(lost_, [&](auto const& each) { return each.first == id; });
    found = sequences_.emplace(id, sequence()).first;
  } else if (found == sequences_.end() || found->second.ending) {
    auto const lost = std::find_if(lost_.begin(), lost_.end(), [&](auto const& each) { return each.first == id; });
    if (lost != lost_.end())
      fail(request, {fault::gone, "sequence '" + id + "' is lost: " + lost->second});
    else
      fail(request, {fault::bad_request, "sequence '" + id + "' of model '" + spec_.name +
                                             "' is not open: its first request must carry sequence_start"});
    return false;
  }
  ++found->second.inside;
  found->second.last_used = clock::now();
  found->second.ending = request.sequence_end;
  request.in_sequence = true;
  return true;
}

void model::pump_sequences()
{
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    auto& request = *next++;
    auto const found = sequences_.find(request.sequence_id);
    if (found == sequences_.end()) continue; // answered by whoever closed it
    auto& line = found->second;
    if (line.gap) continue;
    if (!line.on && begun_ && !stopping_ && static_cast<int>(instances_.size()) < limits_->max_instances)
      line.on = add_instance(request.sequence_id);
    // One at a time: the next of a sequence may depend on an answer that fails.
    if (!line.on || line.on->state != instance_state::ready || !line.on->in_flight.empty()) continue;
    waiting_.erase(waiting_.iterator_to(request));
    if (!submit(request, *line.on)) waiting_.push_front(request);
  }
}

/// A request of a sequence is no longer inside.
void model::left_sequence(pending& request)
{
  if (!std::exchange(request.in_sequence, false)) return;
  auto const found = sequences_.find(request.sequence_id);
  if (found == sequences_.end()) return;
  auto& line = found->second;
  --line.inside;
  line.last_used = clock::now();
  auto const ran = request.times.submitted != clock::time_point();
  auto const behind = [&](pending const& each) {
    return each.in_sequence && each.sequence_id == request.sequence_id && each.times.arrived >= request.times.arrived;
  };
  auto const begins = request.sequence_start && !request.sequence_end;
  if (!ran && (begins || std::any_of(waiting_.begin(), waiting_.end(), behind))) line.gap = true;
  // One that never got an instance has no state to keep either: its start has failed or was given up.
  if (line.inside == 0 && (line.ending || !line.on)) close_sequence(request.sequence_id);
}

void model::close_sequence(std::string const& id)
{
  auto const found = sequences_.find(id);
  if (found == sequences_.end()) return;
  auto* const on = found->second.on;
  sequences_.erase(found);
  if (!on) return;
  on->sequence.clear();
  drain_instance(*on);
}

void model::lose_sequence(std::string const& id, std::string why)
{
  auto const found = sequences_.find(id);
  if (found == sequences_.end()) return;
  auto* const on = found->second.on;
  auto const name = found->first; // `id` may be the instance's own string
  sequences_.erase(found);
  if (on) {
    on->sequence.clear();
    for (auto* request : on->in_flight) // it runs on, but not in a sequence that is begun again under the same id
      request->in_sequence = false;
    if (on->state != instance_state::stopping) drain_instance(*on);
  }
  spdlog::warn("model {}: sequence '{}' is lost: {}", spec_.key, name, why);
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    auto& request = *next++;
    if (request.sequence_id != name || !request.in_sequence) continue;
    request.in_sequence = false;
    fail(request, {fault::gone, "sequence '" + name + "' is lost: " + why});
  }
  lost_.emplace_back(name, std::move(why));
  if (lost_.size() > max_lost) lost_.pop_front();
  check_idle_unless_busy();
}

/// It becomes a model with another kind of state: what waits was sent to the old one.
void model::forget_sequences()
{
  while (!waiting_.empty())
    fail(waiting_.front(), {fault::unavailable, "model '" + spec_.name + "' was loaded anew with another 'stateful'",
                            std::chrono::milliseconds(1'000)});
  sequences_.clear();
  lost_.clear();
}

void model::sweep_sequences(clock::time_point now)
{
  auto stale = std::vector<std::string>(), torn = std::vector<std::string>();
  for (auto const& [id, line] : sequences_)
    if (line.gap)
      torn.push_back(id);
    else if (line.inside == 0 && now - line.last_used > spec_.toml.sequence_idle)
      stale.push_back(id);
  for (auto const& id : stale)
    lose_sequence(id, "it was idle for longer than sequence_idle_timeout");
  for (auto const& id : torn)
    lose_sequence(id, "one of its requests was given up before it ran");
}

} // namespace pilotlight::pool
