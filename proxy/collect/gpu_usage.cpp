#include "proxy/collect/gpu_usage.hpp"

#include <dlfcn.h>

namespace pilotlight::collect {
namespace {

// The few declarations of nvml.h that are needed; these have been stable since 2012.
using device = void*;
struct utilization
{
  unsigned gpu, memory;
};
struct memory
{
  unsigned long long total, free, used;
};

struct library_closer
{
  void operator()(void* library) const { ::dlclose(library); }
};

} // namespace

struct gpu_meter::driver
{
  std::unique_ptr<void, library_closer> library;
  int (*shut_down)() = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*handle)(unsigned, device*) = nullptr;
  int (*rates)(device, utilization*) = nullptr;
  int (*memory_of)(device, memory*) = nullptr;

  driver() = default;
  driver(driver const&) = delete;
  driver& operator=(driver const&) = delete;
  ~driver()
  {
    if (shut_down) shut_down();
  }

  template <class Function>
  bool find(Function& function, char const* name) const
  {
    function = reinterpret_cast<Function>(::dlsym(library.get(), name));
    return function != nullptr;
  }

  static std::unique_ptr<driver> open(char const* name)
  {
    auto opened = std::make_unique<driver>();
    opened->library.reset(::dlopen(name, RTLD_NOW | RTLD_LOCAL));
    if (!opened->library) return nullptr;
    int (*start)() = nullptr;
    int (*stop)() = nullptr;
    auto const whole = opened->find(start, "nvmlInit_v2") && opened->find(stop, "nvmlShutdown") &&
                       opened->find(opened->count, "nvmlDeviceGetCount_v2") &&
                       opened->find(opened->handle, "nvmlDeviceGetHandleByIndex_v2") &&
                       opened->find(opened->rates, "nvmlDeviceGetUtilizationRates") &&
                       opened->find(opened->memory_of, "nvmlDeviceGetMemoryInfo");
    if (!whole || start() != 0) return nullptr;
    opened->shut_down = stop; // only what was started is shut down
    return opened;
  }
};

gpu_meter::gpu_meter(std::string library) : library_(std::move(library)) {}
gpu_meter::~gpu_meter() = default;
gpu_meter::gpu_meter(gpu_meter&&) noexcept = default;
gpu_meter& gpu_meter::operator=(gpu_meter&&) noexcept = default;

std::vector<gpu_usage> gpu_meter::sample()
{
  if (!tried_) driver_ = driver::open(library_.c_str());
  tried_ = true;
  auto found = std::vector<gpu_usage>();
  auto count = 0U;
  if (!driver_ || driver_->count(&count) != 0) return found;
  found.resize(count);
  for (auto i = 0U; i < count; ++i) {
    auto one = device();
    auto busy = utilization();
    auto held = memory();
    if (driver_->handle(i, &one) != 0) continue;
    if (driver_->rates(one, &busy) == 0) found[i].used_percent = busy.gpu;
    if (driver_->memory_of(one, &held) != 0) continue;
    found[i].memory = held.total;
    found[i].memory_used = held.used;
  }
  return found;
}

} // namespace pilotlight::collect
