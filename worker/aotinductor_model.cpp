#include "worker/aotinductor_model.hpp"

#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

namespace pilotlight::worker {
namespace {

class aotinductor_model : public model
{
public:
  aotinductor_model(std::string folder, std::vector<parameter> parameters)
      : folder_(std::move(folder)), parameters_(std::move(parameters)), loader_(open(-1))
  {
  }

  std::span<parameter const> parameters() const override { return parameters_; }
  void begin(std::vector<c10::IValue>& stack) const override { stack.clear(); }

  c10::IValue forward(std::vector<c10::IValue>& stack) override
  {
    inputs_.clear();
    for (auto& value : stack)
      inputs_.push_back(std::move(value).toTensor());
    auto outputs = loader_->run(inputs_);
    inputs_.clear();
    return outputs;
  }

  void move_to(std::string const& device) override { loader_ = open(c10::Device(device).index()); }

private:
  std::unique_ptr<torch::inductor::AOTIModelPackageLoader> open(c10::DeviceIndex device) const
  {
    constexpr auto single_threaded = true; // no lock, no pool of runners: one request at a time
    return std::make_unique<torch::inductor::AOTIModelPackageLoader>(folder_, "model", single_threaded, 1, device);
  }

  std::string folder_;
  std::vector<parameter> parameters_;
  std::unique_ptr<torch::inductor::AOTIModelPackageLoader> loader_;
  std::vector<at::Tensor> inputs_;
};

} // namespace

result<std::unique_ptr<model>> load_aotinductor(fork_model const& order)
{
  if (order.inputs.empty())
    return failure{fault::internal, order.path + ": an AOTInductor package needs [[inputs]] in model.toml"};
  auto parameters = std::vector<parameter>();
  for (auto const& name : order.inputs)
    parameters.push_back({.name = name, .alias = {}, .type = "Tensor", .default_value = {}, .fixed = {}});
  if (auto const applied = apply(order, parameters); !applied) return applied.error();
  return std::unique_ptr<model>(new aotinductor_model(order.path, std::move(parameters)));
}

} // namespace pilotlight::worker
