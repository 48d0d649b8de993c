// What does a request, a start and a process cost in the simulated world? Plain data with measured defaults.
#pragma once
#include "proxy/decide/facts.hpp"
#include "shared/failure.hpp"

#include <span>
#include <string>

namespace pilotlight::simulate {

struct costs
{
  decide::start_costs start;                               ///< of every rung: time to the first answer, and memory
  decide::duration service{std::chrono::milliseconds(13)}; ///< of one request on one instance

  /// MiB held at a rung, without the shared zygote for the warmer ones.
  double mebibytes(decide::rung at) const
  {
    return static_cast<double>(start.bytes[static_cast<std::size_t>(at)]) / 1048576;
  }
  /// MiB of each instance beside its model zygote.
  double instance_mebibytes() const
  {
    return mebibytes(decide::rung::instance) - mebibytes(decide::rung::model_zygote);
  }
};

/// "minilm" or "mlp", as measured on the 2-core machine of docs/architecture.md. Failure: any other name.
result<costs> profile(std::string const& name);

/// Overrides such as "zero=420" or "zygote=225" (milliseconds to the first answer), "model_zygote=60", one each.
/// Failure: a sentence that names what is allowed. A warmer rung must not start slower than a colder one.
result<void> set_starts(costs& of, std::span<std::string const> milliseconds);

/// The same for memory: "zygote=90", "model_zygote=120", "instance=140", in MiB. All but the zygote's are beyond the
/// zygote, and a warmer rung holds what the colder one does.
result<void> set_memory(costs& of, std::span<std::string const> mebibytes);

} // namespace pilotlight::simulate
