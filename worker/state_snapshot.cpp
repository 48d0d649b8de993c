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

} // namespace pilotlight::worker
