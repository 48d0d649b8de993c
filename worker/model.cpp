#include "worker/model.hpp"

#include "worker/aotinductor_model.hpp"
#include "worker/sentence.hpp"
#include "worker/torchscript_model.hpp"

#include <ATen/Context.h>
#include <c10/util/Exception.h>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace pilotlight::worker {
namespace {

result<void> check_device(std::string const& name)
{
  if (name == "cpu") return {};
  try {
    auto const device = c10::Device(name);
    if (!device.is_cuda()) return failure{fault::internal, "device '" + name + "': allowed are cpu and cuda:N"};
  } catch (c10::Error const&) {
    return failure{fault::internal, "device '" + name + "': allowed are cpu and cuda:N"};
  }
  // Asks what was compiled in; does not initialise CUDA, which would not survive the fork.
  if (!at::hasCUDA()) return failure{fault::internal, "device '" + name + "': this LibTorch is built without CUDA"};
  return {};
}

} // namespace

result<std::unique_ptr<model>> load(fork_model const& order)
{
  if (auto const usable = check_device(order.device); !usable) return usable.error();
  if (::access(order.path.c_str(), R_OK) != 0)
    return failure{fault::internal, order.path + ": " + std::strerror(errno)};
  try {
    if (order.format == "torchscript") return load_torchscript(order);
    if (order.format == "aotinductor") return load_aotinductor(order);
    return failure{fault::internal, "format '" + order.format + "': allowed are torchscript and aotinductor"};
  } catch (c10::Error const& error) {
    return failure{fault::internal, order.path + ": " + first_meaningful_line(error.what_without_backtrace())};
  } catch (std::exception const& error) {
    return failure{fault::internal, order.path + ": " + first_meaningful_line(error.what())};
  } catch (...) {
    return failure{fault::internal, order.path + ": loading threw something that is no std::exception"};
  }
}

} // namespace pilotlight::worker
