// How busy are the GPUs? Asks NVIDIA's management library (NVML) where its driver is installed; everywhere else there
// are simply none. The library is opened at run time, so nothing has to be linked. A sample takes some milliseconds:
// not for the I/O thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pilotlight::collect {

/// Nothing: the device did not answer that.
struct gpu_usage
{
  std::optional<double> used_percent;       ///< of the time, a kernel ran
  std::optional<std::uint64_t> memory;      ///< bytes
  std::optional<std::uint64_t> memory_used; ///< bytes, by everything on the machine
  bool operator==(gpu_usage const&) const = default;
};

class gpu_meter
{
public:
  /// Nothing is opened before the first sample.
  explicit gpu_meter(std::string library = "libnvidia-ml.so.1");
  ~gpu_meter();
  gpu_meter(gpu_meter&&) noexcept;
  gpu_meter& operator=(gpu_meter&&) noexcept;

  /// One for each device, in NVML's order (that of nvidia-smi). One that is lost keeps its place.
  std::vector<gpu_usage> sample();

private:
  struct driver;
  std::string library_;
  bool tried_ = false;
  std::unique_ptr<driver> driver_; ///< none: no driver
};

} // namespace pilotlight::collect
