#include "worker/torchscript_model.hpp"

#include "worker/archive.hpp"
#include "worker/sentence.hpp"
#include "worker/state_snapshot.hpp"
#include "worker/writes.hpp"

#include <optional>

#include <torch/csrc/jit/serialization/import.h>

namespace pilotlight::worker {
namespace {

parameter_kind kind_of(c10::Type const& type)
{
  switch (type.kind()) {
  case c10::TypeKind::TensorType: return parameter_kind::tensor;
  case c10::TypeKind::IntType: return parameter_kind::integer;
  case c10::TypeKind::FloatType: return parameter_kind::real;
  case c10::TypeKind::NumberType: return parameter_kind::number;
  case c10::TypeKind::BoolType: return parameter_kind::boolean;
  case c10::TypeKind::StringType: return parameter_kind::string;
  default: return parameter_kind::unsupported;
  }
}

parameter parameter_of(c10::Argument const& argument)
{
  auto found = parameter();
  found.name = argument.name();
  found.type = argument.type()->annotation_str();
  auto type = argument.type();
  if (auto const optional = type->cast<c10::OptionalType>()) {
    type = optional->getElementType();
    found.default_value = c10::IValue();
  }
  found.kind = kind_of(*type);
  if (argument.default_value()) found.default_value = *argument.default_value();
  return found;
}

std::vector<parameter> parameters_of(torch::jit::Method const& forward)
{
  auto parameters = std::vector<parameter>();
  auto const& arguments = forward.function().getSchema().arguments();
  for (std::size_t i = 1; i < arguments.size(); ++i) // 0 is self
    parameters.push_back(parameter_of(arguments[i]));
  return parameters;
}

/// Opens the archive, or says what kind of file it is instead.
result<torch::jit::Module> open(std::string const& path)
{
  auto opened = std::optional<torch::jit::Module>();
  try {
    opened = torch::jit::load(path, c10::Device(c10::kCPU));
  } catch (std::exception const& error) {
    if (auto reason = why_not_torchscript(path); !reason.empty()) return failure{fault::internal, path + ": " + reason};
    auto const* known = dynamic_cast<c10::Error const*>(&error);
    return failure{fault::internal, path + ": corrupt TorchScript archive: " +
                                        first_meaningful_line(known ? known->what_without_backtrace() : error.what())};
  }
  if (!opened->find_method("forward")) return failure{fault::internal, path + ": the module has no method forward()"};
  return std::move(*opened);
}

/// Attributes become constants of the graph, but for those that forward() writes. Numerics stay as they are in Python:
/// no folding of batch norms. A module that was frozen before it was saved has no `training` any more: left alone.
torch::jit::Module frozen(torch::jit::Module module)
{
  if (!module.hasattr("training")) return module;
  module.eval();
  try {
    return torch::jit::freeze(module, std::nullopt, false);
  } catch (std::exception const&) {
    return module; // what cannot be frozen still runs
  }
}

class torchscript_model : public model
{
public:
  torchscript_model(torch::jit::Module module, std::vector<parameter> parameters)
      : module_(std::move(module)), parameters_(std::move(parameters)),
        forward_(&module_.get_method("forward").function())
  {
    remember_state();
  }

  std::span<parameter const> parameters() const override { return parameters_; }

  void begin(std::vector<c10::IValue>& stack) const override
  {
    stack.clear();
    stack.emplace_back(module_._ivalue());
  }

  c10::IValue forward(std::vector<c10::IValue>& stack) override
  {
    ran_ = true;
    forward_->run(stack);
    return std::move(stack.back());
  }

  void restore() override
  {
    if (ran_ && !state_.empty()) state_.restore();
    ran_ = false;
  }

  bool has_state() const override { return !state_.empty(); }
  void set_state_aside() override { aside_ = state_.exchange(); }
  void take_state_back() override { state_.put_back(std::move(aside_)); }

  void move_to(std::string const& device) override
  {
    module_.to(c10::Device(device));
    module_ = frozen(std::move(module_));
    forward_ = &module_.get_method("forward").function();
    remember_state();
  }

private:
  void remember_state() { state_ = state_snapshot(module_, writes_of(module_).attributes); }

  torch::jit::Module module_;
  std::vector<parameter> parameters_;
  torch::jit::Function* forward_;
  state_snapshot state_;
  std::vector<c10::IValue> aside_;
  bool ran_ = false;
};

} // namespace

result<std::unique_ptr<model>> load_torchscript(fork_model const& order)
{
  auto opened = open(order.path);
  if (!opened) return opened.error();
  auto module = std::move(*opened);
  auto parameters = parameters_of(module.get_method("forward"));
  if (auto const applied = apply(order, parameters); !applied) return applied.error();
  // Constants of a frozen graph cannot move: for another device the instance freezes, after the move.
  if (order.device == "cpu") module = frozen(std::move(module));
  auto const writes = writes_of(module);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    parameters[i].written = writes.arguments[i];
  return std::unique_ptr<model>(new torchscript_model(std::move(module), std::move(parameters)));
}

result<signature> describe_torchscript(std::string const& path)
{
  auto opened = open(path);
  if (!opened) return opened.error();
  auto const forward = opened->get_method("forward");
  auto found = signature();
  for (auto const& each : parameters_of(forward)) {
    auto const known = each.kind != parameter_kind::unsupported;
    found.arguments.push_back({each.name, known ? std::string(to_string(each.kind)) : "unsupported: " + each.type,
                               each.default_value.has_value()});
  }
  for (auto const& output : forward.function().getSchema().returns())
    if (auto const tuple = output.type()->cast<c10::TupleType>(); tuple && tuple->schema())
      for (auto const& field : tuple->schema()->arguments())
        found.outputs.push_back(field.name());
  auto const writes = writes_of(*opened);
  for (auto const written : writes.arguments)
    found.writes_inputs |= written;
  for (auto const& attribute : writes.attributes)
    found.state.push_back(attribute);
  return found;
}

} // namespace pilotlight::worker
