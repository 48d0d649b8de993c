#include "worker/libtorch.hpp"

#include "shared/cpu_quota.hpp"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <sys/random.h>
#include <unistd.h>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

namespace pilotlight::worker {

void set_up_libtorch()
{
  at::set_num_threads(1);
  at::set_num_interop_threads(1);
  torch::jit::getProfilingMode() = false;
}

void warm_libtorch()
{
  try {
    auto const guard = c10::InferenceMode();
    auto module = torch::jit::Module("warmup");
    module.register_parameter("weight", at::ones({4, 4}), false);
    module.define("def forward(self, x):\n  return torch.relu(torch.linear(x, self.weight))\n");
    auto archive = std::stringstream();
    module.save(archive);
    auto loaded = torch::jit::load(archive);
    loaded.forward({at::ones({1, 4})});
  } catch (std::exception const&) {
    // Only slower: the model's own load pays it then.
  }
}

void settle_libtorch(int threads)
{
  at::set_num_threads(threads > 0 ? threads : usable_cpus());
  auto seed = std::uint64_t{};
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed) seed = static_cast<std::uint64_t>(::getpid());
  at::manual_seed(seed >> 1);
  std::srand(static_cast<unsigned>(seed));
  ::srandom(static_cast<unsigned>(seed >> 32));
  ::srand48(static_cast<long>(seed));
}

void use_threads(int threads)
{
  at::set_num_threads(threads);
}

double milliseconds_since_exec()
{
  // Field 22, counted behind the command in parentheses (which may hold anything): start, in ticks since boot.
  auto file = std::ifstream("/proc/self/stat");
  auto const text = std::string(std::istreambuf_iterator<char>(file), {});
  auto fields = std::istringstream(text.substr(text.rfind(')') + 1));
  auto field = std::string();
  for (auto i = 3; i <= 22; ++i)
    fields >> field;
  auto now = timespec{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  auto const started = std::strtod(field.c_str(), nullptr) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return (static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 - started) * 1e3;
}

} // namespace pilotlight::worker
