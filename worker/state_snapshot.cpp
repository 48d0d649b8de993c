#include "worker/state_snapshot.hpp"

#include <string_view>

namespace pilotlight::worker {

state_snapshot::state_snapshot(torch::jit::Module const& module, std::vector<std::string> const& attributes)
{
  for (auto const& name : attributes) {
    auto owner = module._ivalue();
    auto rest = std::string_view(name);
    for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      owner = owner->getAttr(std::string(rest.substr(0, dot))).toObject();
      rest.remove_prefix(dot + 1);
    }
    auto const slot = owner->type()->getAttributeSlot(std::string(rest));
    kept_.push_back({owner, slot, owner->getSlot(slot).deepcopy()});
  }
}

void state_snapshot::restore() const
{
  for (auto const& each : kept_)
    each.owner->setSlot(each.slot, each.value.deepcopy());
}

std::vector<c10::IValue> state_snapshot::exchange() const
{
  auto fresh = std::vector<c10::IValue>();
  for (auto const& each : kept_)
    fresh.push_back(each.value.deepcopy()); // all copies first: they may throw
  auto previous = std::vector<c10::IValue>();
  for (auto const& each : kept_)
    previous.push_back(each.owner->getSlot(each.slot));
  put_back(std::move(fresh));
  return previous;
}

void state_snapshot::put_back(std::vector<c10::IValue> values) const
{
  for (std::size_t i = 0; i < kept_.size(); ++i)
    kept_[i].owner->setSlot(kept_[i].slot, std::move(values[i]));
}

} // namespace pilotlight::worker
