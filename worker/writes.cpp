#include "worker/writes.hpp"

#include <set>
#include <unordered_map>

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/inliner.h>

namespace pilotlight::worker {
namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;

class attribute_walk
{
public:
  attribute_walk(torch::jit::Graph const& graph, torch::jit::AliasDb const& aliases) : aliases_(aliases)
  {
    names_[graph.inputs()[0]] = "";
  }

  void visit(Block* block)
  {
    for (auto* node : block->nodes()) {
      if (node->kind() == c10::prim::GetAttr) visit_get(node);
      if (node->kind() == c10::prim::SetAttr) visit_set(node);
      for (auto* inner : node->blocks())
        visit(inner);
    }
  }

  std::vector<std::string> found() const { return {written_.begin(), written_.end()}; }

private:
  /// The dotted name of that attribute, or nothing when its owner is not reached from self by plain names.
  std::string name_of(Node* node) const
  {
    auto const owner = names_.find(node->inputs()[0]);
    if (owner == names_.end()) return {};
    auto const& field = node->s(c10::attr::name);
    return owner->second.empty() ? field : owner->second + "." + field;
  }

  void visit_get(Node* node)
  {
    auto const name = name_of(node);
    if (name.empty()) return;
    auto* value = node->output();
    names_[value] = name;
    if (!value->type()->cast<c10::ClassType>() && aliases_.hasWriters(value)) written_.insert(name);
  }

  void visit_set(Node* node)
  {
    if (auto const name = name_of(node); !name.empty()) written_.insert(name);
  }

  torch::jit::AliasDb const& aliases_;
  std::unordered_map<Value const*, std::string> names_;
  std::set<std::string> written_;
};

} // namespace

writes writes_of(torch::jit::Module const& module)
{
  auto const graph = module.get_method("forward").graph()->copy();
  torch::jit::Inline(*graph);
  // "Frozen": each attribute is its own memory. Otherwise a write to one would count as a write to all.
  auto const aliases = torch::jit::AliasDb(graph, true);
  auto found = writes();
  for (std::size_t i = 1; i < graph->inputs().size(); ++i)
    found.arguments.push_back(aliases.hasWriters(graph->inputs()[i]));
  auto walk = attribute_walk(*graph, aliases);
  walk.visit(graph->block());
  found.attributes = walk.found();
  return found;
}

} // namespace pilotlight::worker
