// How does a stateful module get back the state of a fresh load? Deep copies of the attributes that forward() writes.
#pragma once
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>

namespace pilotlight::worker {

class state_snapshot
{
public:
  state_snapshot() = default;
  /// Copies these attributes (dotted names) as they are now.
  state_snapshot(torch::jit::Module const& module, std::vector<std::string> const& attributes);

  bool empty() const { return kept_.empty(); }
  /// Puts copies of the copies back: what forward() does to them in place does not reach the snapshot.
  void restore() const;
  /// The same, and gives what was there before (not copied, so that tensors go on sharing memory), for `put_back`.
  std::vector<c10::IValue> exchange() const;
  void put_back(std::vector<c10::IValue> values) const;

private:
  struct attribute
  {
    c10::intrusive_ptr<c10::ivalue::Object> owner;
    std::size_t slot;
    c10::IValue value;
  };
  std::vector<attribute> kept_;
};

} // namespace pilotlight::worker
