#include "proxy/decide/capacity.hpp"

#include "proxy/decide/figures.hpp"

#include <algorithm>

namespace pilotlight::decide {

namespace {

constexpr double short_of_memory = 10; ///< percent of time that tasks waited for memory (PSI): nothing more is added
constexpr double rounding = 0.05;      ///< cores; usage is measured, not exact
constexpr auto instance_leaves = "; an instance is leaving";

std::int64_t as_signed(std::uint64_t bytes)
{
  return static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, INT64_MAX / 4));
}

} // namespace

capacity::capacity(node_facts const& node, node_policy const& policy, std::span<holding const> holdings)
    : node_(node), policy_(policy), holdings_(holdings.begin(), holdings.end()), free_(as_signed(node.memory_available))
{
  for (auto const& one : holdings_) {
    free_ -= as_signed(one.coming);
    cores_ += one.cores;
    instances_ += one.instances;
    models_ += one.loaded ? 1 : 0;
    starting_ += one.starting ? 1 : 0;
    leaving_cores_ += one.draining * one.threads;
    leaving_instances_ += one.draining;
    draining_ += one.draining * as_signed(one.further_bytes);
    if (!one.leaving) continue;
    leaving_ += as_signed(one.bytes);
    leaving_models_ += one.loaded ? 1 : 0;
  }
}

place_given capacity::place(place_wanted const& wanted)
{
  place_given given;
  if (!wanted.starting && starting_ >= policy_.parallel_starts) {
    given.lacking = std::to_string(starting_) + (starting_ == 1 ? " model is" : " models are") +
                    " starting, parallel_starts allows no more";
    given.waits_turn = true;
    return given;
  }
  if (!wanted.loaded && models_ >= policy_.max_loaded) {
    int const places = models_ + 1 - policy_.max_loaded - leaving_models_;
    bool const coming = places <= 0 || evict_for(wanted, 0, places, given);
    if (coming) --leaving_models_; // one of those is spoken for
    given.coming = coming;
    given.lacking = std::to_string(models_) + (models_ == 1 ? " model is" : " models are") +
                    " loaded, max_loaded_models allows no more" +
                    (coming ? "; one of them is leaving" : ", and none is idle that may go");
    return given;
  }

  bool const limited = node_.memory > 0;
  auto const reserve =
      wanted.first ? 0
                   : as_signed(node_.memory) -
                         static_cast<std::int64_t>(static_cast<double>(node_.memory) * wanted.memory_limit / 100);
  std::int64_t need = 0;
  for (int i = 0; i < wanted.instances; ++i) {
    bool const first = wanted.first && i == 0;
    bool const dealt_anew = wanted.shares && instances_ + 1 <= node_.cores + rounding;
    if (!first && !dealt_anew && cores_ + wanted.threads > node_.cores + rounding) {
      given.coming = drain_for_cores(wanted, given);
      given.lacking = figure(cores_) + " of " + figure(node_.cores) + " cores are in use or promised, " +
                      figure(wanted.threads) + (wanted.threads > 1 ? " more are needed" : " more is needed") +
                      (given.coming ? instance_leaves : "");
      given.short_of_room = true;
      break;
    }
    if (!first && node_.memory_pressure >= short_of_memory) {
      given.lacking = "tasks wait for memory " + figure(node_.memory_pressure) + " % of the time";
      given.short_of_room = true;
      break;
    }
    auto const bytes = as_signed(i == 0 ? wanted.first_bytes : wanted.further_bytes);
    auto const kept = first ? 0 : std::max<std::int64_t>(reserve, 0);
    if (limited && free_ - kept < need + bytes) {
      auto const lacking = need + bytes + kept - free_;
      bool const coming =
          lacking <= leaving_ || evict_for(wanted, static_cast<std::uint64_t>(lacking - leaving_), 0, given);
      if (coming) leaving_ -= lacking; // that much is spoken for
      bool const drained = !coming && drain_for_memory(wanted, lacking, given);
      given.short_of_room = true;
      given.coming = coming || drained;
      given.lacking = in_mebibytes(static_cast<std::uint64_t>(bytes)) + " are needed, " +
                      in_mebibytes(static_cast<std::uint64_t>(std::max<std::int64_t>(0, free_ - need - kept))) +
                      " of the node's memory may be used" +
                      (coming    ? "; an idle model is leaving"
                       : drained ? instance_leaves
                                 : ", and no idle model may go for it");
      break;
    }
    need += bytes;
    cores_ += wanted.threads;
    ++instances_;
    ++given.instances;
  }
  if (given.instances == 0) return given;
  for (auto& one : holdings_)
    if (one.model == wanted.model) one.surplus = 0; // it has just got more
  free_ -= need;
  starting_ += wanted.starting ? 0 : 1;
  models_ += wanted.loaded ? 0 : 1;
  return given;
}

bool capacity::evict_for(place_wanted const& wanted, std::uint64_t bytes, int places, place_given& given)
{
  std::vector<holding*> idle;
  for (auto& one : holdings_) {
    bool const own = one.model == wanted.model;
    bool const precious = one.pinned || one.value >= wanted.value;
    bool const protects = one.priority > wanted.priority || (precious && one.priority >= wanted.priority);
    if (!own && one.loaded && one.idle && !one.leaving && !protects) idle.push_back(&one);
  }
  std::ranges::sort(idle, [](holding const* a, holding const* b) {
    if (a->priority != b->priority) return a->priority < b->priority;
    return a->value != b->value ? a->value < b->value : a->model < b->model;
  });
  std::size_t count = 0;
  std::uint64_t freed = 0;
  while (count < idle.size() && (freed < bytes || static_cast<int>(count) < places))
    freed += idle[count++]->bytes;
  if (freed < bytes || static_cast<int>(count) < places) return false;
  for (std::size_t i = 0; i < count; ++i) {
    idle[i]->leaving = true;
    leaving_ += as_signed(idle[i]->bytes);
    ++leaving_models_;
    given.evict.push_back(idle[i]->model);
  }
  return true;
}

template <typename Condition>
bool capacity::drain_one(place_wanted const& wanted, place_given& given, Condition helps)
{
  holding* found = nullptr;
  for (auto& one : holdings_) {
    if (one.model == wanted.model || one.leaving || one.surplus <= 0) continue;
    if (one.priority >= wanted.priority || !helps(one)) continue;
    bool const less =
        !found || one.priority < found->priority || (one.priority == found->priority && one.surplus > found->surplus);
    if (less) found = &one;
  }
  if (!found) return false;
  found->surplus = 0; // one of each in one tick
  given.drain = found->model;
  return true;
}

/// What is leaving already is waited for.
bool capacity::drain_for_cores(place_wanted const& wanted, place_given& given)
{
  double const lacking = wanted.shares ? instances_ + 1 - node_.cores : cores_ + wanted.threads - node_.cores;
  double& leaving = wanted.shares ? leaving_instances_ : leaving_cores_;
  if (lacking <= leaving + rounding) {
    leaving -= lacking;
    return true;
  }
  // An instance that does nothing gives no core back; but it is one less that threads are shared out to.
  return wanted.presses &&
         drain_one(wanted, given, [&](holding const& one) { return wanted.shares || one.cores > rounding; });
}

bool capacity::drain_for_memory(place_wanted const& wanted, std::int64_t bytes, place_given& given)
{
  std::int64_t all = std::max<std::int64_t>(0, leaving_ + draining_);
  if (bytes <= all) {
    draining_ -= bytes;
    return true;
  }
  if (!wanted.presses) return false;
  for (auto const& one : holdings_)
    if (one.model != wanted.model && !one.leaving && one.priority < wanted.priority)
      all += std::max(0, one.surplus) * as_signed(one.further_bytes);
  return all >= bytes && drain_one(wanted, given, [](holding const& one) { return one.further_bytes > 0; });
}

} // namespace pilotlight::decide
