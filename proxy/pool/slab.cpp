#include "proxy/pool/slab.hpp"

namespace pilotlight::pool {
namespace {

constexpr std::uint64_t slot_mask = 0xffffffff;
constexpr std::uint64_t one_generation = slot_mask + 1;

} // namespace

pending& slab::take()
{
  if (vacant_.empty()) {
    auto const slot = places_.size();
    places_.emplace_back().id = slot;
    vacant_.push_back(static_cast<std::uint32_t>(slot));
  }
  auto& request = places_[vacant_.back()];
  vacant_.pop_back();
  request.id += one_generation;
  if (request.id == 0) request.id = one_generation; // 0 is "none", and slot 0 wraps to it
  request.phase = phase::admitted;
  return request;
}

void slab::put_back(pending& request)
{
  request.phase = phase::vacant;
  request.owner = nullptr;
  request.on = nullptr;
  request.abandoned = request.cold = request.sequence_start = request.sequence_end = request.in_sequence = false;
  request.blamed = 0;
  request.alone = false;
  request.held_bytes = 0;
  request.balance_key = 0;
  request.zone = 0;
  request.blame.clear();
  request.sequence_id.clear();
  request.blocks.clear();
  request.watch = nullptr;
  request.error.reset();
  request.answer.block.reset();
  request.answer.outputs.clear();
  request.times = {};
  vacant_.push_back(static_cast<std::uint32_t>(request.id & slot_mask));
}

pending* slab::find(std::uint64_t id)
{
  auto const slot = id & slot_mask;
  if (slot >= places_.size()) return nullptr;
  auto& request = places_[slot];
  return request.id == id && request.phase != phase::vacant ? &request : nullptr;
}

} // namespace pilotlight::pool
