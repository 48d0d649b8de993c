#include "worker/instance.hpp"

#include "shared/memfd.hpp"
#include "worker/clock.hpp"
#include "worker/libtorch.hpp"
#include "worker/packets.hpp"
#include "worker/sentence.hpp"
#include "worker/serve.hpp"
#include "worker/warmup.hpp"

#include <c10/util/Exception.h>
#include <fcntl.h>
#include <unistd.h>

namespace pilotlight::worker {
namespace {

/// The memory and the doorbells that came with `attach`.
struct attachment
{
  segment memory;
  boost::interprocess::mapped_region requests;
  doorbell own;
  doorbell proxy;
};

result<attachment> map(packet received)
{
  auto const* what = std::get_if<attach>(&received.body);
  if (!what || received.fds.size() != 4)
    return failure{fault::internal, "control socket: expected attach with 4 descriptors"};
  auto memory = segment::map(std::move(received.fds[0]));
  if (!memory) return memory.error();
  auto const requests_fd = std::move(received.fds[1]);
  // Shrinking it under us would be a SIGBUS; and it must be as large as they say.
  if ((seals_of(requests_fd.get()) & (F_SEAL_SHRINK | F_SEAL_GROW)) != (F_SEAL_SHRINK | F_SEAL_GROW))
    return failure{fault::internal, "request arena not sealed"};
  auto const size = what->request_arena_size;
  if (size == 0 || size_of_memfd(requests_fd.get()) != size)
    return failure{fault::internal, "request arena of another size than attach says"};
  auto requests = map_memfd(requests_fd.get(), size, boost::interprocess::read_only);
  if (!requests) return requests.error();
  return attachment{std::move(*memory), std::move(*requests), doorbell(std::move(received.fds[2])),
                    doorbell(std::move(received.fds[3]))};
}

[[noreturn]] void fail(int control, std::string const& reason)
{
  say(control, failed{reason});
  ::_exit(1);
}

std::optional<c10::Device> settle_on_device(std::string const& name, model& served, int control)
{
  if (name == "cpu") return std::nullopt;
  try {
    served.move_to(name);
    return c10::Device(name);
  } catch (c10::Error const& error) {
    fail(control, "device '" + name + "': " + first_meaningful_line(error.what_without_backtrace()));
  } catch (std::exception const& error) {
    fail(control, "device '" + name + "': " + first_meaningful_line(error.what()));
  }
}

/// Inputs are also known by their aliases.
batch_dimensions dimensions_of(batching const& how, model const& served)
{
  auto inputs = how.inputs;
  for (auto const& each : served.parameters())
    for (auto const& named : how.inputs)
      if (each.name == named.name) inputs.push_back({each.alias, named.dimension});
  return {batch_axes(how.dimension, std::move(inputs)), batch_axes(how.dimension, how.outputs)};
}

/// The configuration may have changed since the load; that state is not batched has not.
batching const& batching_of(fork_model const& served_as, fork_instance const& order, model const& served)
{
  auto const may = served_as.restore_state && !served.has_state();
  return may && order.batch.max_size > 0 ? order.batch : served_as.batch;
}

pace_limits limits_of(batching const& how)
{
  return {how.max_size, static_cast<std::uint64_t>(how.delay_max_us) * 1000,
          static_cast<std::uint64_t>(how.latency_target_us) * 1000};
}

} // namespace

void run_instance(fork_model const& served_as, fork_instance const& order, unique_fd control, family& tree,
                  model& served)
{
  auto const start = monotonic_ns();
  tree.title.set("instance " + order.name);
  ::setsid();
  say(control.get(), hello{::getpid()});
  settle_libtorch(order.threads);
  auto const device = settle_on_device(served_as.device, served, control.get());
  auto attached = map(next_packet(control.get()));
  if (!attached) fail(control.get(), attached.error().sentence);
  auto const requests =
      std::span(static_cast<std::byte const*>(attached->requests.get_address()), attached->requests.get_size());
  // A failed warm-up is the model zygote's to tell: it runs the same.
  for (auto round = 0; round < order.warm_rounds && !device; ++round)
    for (auto const& inputs : served_as.warmups)
      (void)warm(served, inputs);
  auto const with = channel{attached->memory, requests, attached->own, attached->proxy, control.get()};
  // With state that is kept, an attribute may hold a view of an input: it needs memory of its own.
  auto const copy_all = served.has_state() && !served_as.restore_state;
  auto const& batch = batching_of(served_as, order, served);
  auto loop = serving(
      with,
      execution(served, binding(served, copy_all, device), output_names(served_as.outputs), served_as.restore_state),
      upkeep(served, served_as.warmups, !copy_all && !device), dimensions_of(batch, served), limits_of(batch),
      order.spin);
  say(control.get(), ready{milliseconds_since(start), {}});
  loop.run();
  ::_exit(0);
}

} // namespace pilotlight::worker
