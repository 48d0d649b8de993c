// bare_start: how long does LibTorch itself take from exec to the first answer? The floor for a cold start.
// Loads one TorchScript file, runs it once on the shapes given, prints `done`, and leaves as a worker would: at once.
//
//   bare_start MODEL.pt fp32:1,4
//   bare_start MODEL.pt int64:1,16 int64:1,16

#include <ATen/Parallel.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <unistd.h>
#include <vector>

namespace {

/// "fp32:1,4" -> ones of that shape. Any other datatype or a malformed number throws.
at::Tensor input_of(std::string_view text)
{
  auto const colon = text.find(':');
  auto const datatype = text.substr(0, colon);
  if (colon == std::string_view::npos || (datatype != "fp32" && datatype != "int64")) {
    throw std::invalid_argument("an input is fp32:SHAPE or int64:SHAPE, not " + std::string(text));
  }
  std::vector<std::int64_t> shape;
  auto rest = std::string(text.substr(colon + 1));
  for (std::size_t used = 0; !rest.empty(); rest.erase(0, used + 1)) {
    shape.push_back(std::stoll(rest, &used));
    if (used == rest.size()) {
      break;
    }
  }
  return at::ones(shape, datatype == "fp32" ? at::kFloat : at::kLong);
}

} // namespace

int main(int argc, char** argv)
{
  if (argc < 3) {
    std::fputs("usage: bare_start MODEL.pt fp32:SHAPE|int64:SHAPE...\n", stderr);
    return 2;
  }
  try {
    at::set_num_threads(1);
    c10::InferenceMode const guard;
    torch::jit::getProfilingMode() = false;
    auto module = torch::jit::load(argv[1]);
    module.eval();
    std::vector<c10::IValue> inputs;
    for (int i = 2; i < argc; ++i) {
      inputs.emplace_back(input_of(argv[i]));
    }
    auto const output = module.forward(inputs);
    std::printf("done %lld\n", static_cast<long long>(output.toTensor().numel()));
    std::fflush(stdout);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "bare_start: %s\n", error.what());
    return 1;
  }
  _exit(0);
}
