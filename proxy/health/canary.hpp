// What is asked of an instance to see whether it still answers rightly? Pure: the same specification gives the same
// bytes on every machine.
#pragma once
#include "proxy/health/canary_spec.hpp"
#include "proxy/repository/model_spec.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::health {

enum class canary_source : std::uint8_t
{
  none,       ///< there is none: `why` says what would change that
  configured, ///< [[canary.inputs]]
  warmup,     ///< types and shapes of the first [[warmup]]
  seen,       ///< types and shapes of a request that was answered
};

struct canary
{
  canary_source source = canary_source::none;
  std::string why{}; ///< of none, one clause
  std::vector<tensor_value> inputs{};
  std::vector<canary_argument> arguments{};
  std::vector<tensor_value> golden{}; ///< given in model.toml; empty: recorded
  tolerance within{};
};

/// One tensor of an answered request; every dimension is known.
struct seen_input
{
  std::string name{};
  datatype type = datatype::unknown;
  dimensions shape{};
};

/// The canary of a model: as configured, else of its first warm-up, else of what an answered request has shown; never
/// of guessed shapes, since a model may do anything with those. `spec` may be null: model.toml has no [canary].
/// `names`: how the model calls its inputs, in order, for configured ones without a name.
canary choose_canary(canary_spec const* spec, std::span<std::vector<warmup_tensor> const> warmups,
                     std::span<seen_input const> seen, std::span<std::string const> names);

/// Values for a tensor: splitmix64 of seed, place of the input and element. Floating point from -1 to 1 and integers 0
/// or 1 (which are tokens, masks and classes of any model) unless `range` says otherwise; BOOL false or true.
tensor_value generate(canary_input const& what, std::uint64_t seed, std::size_t place);

/// Tells canaries apart: 64-bit FNV-1a of inputs and arguments. A golden answer belongs to one.
std::uint64_t identity(canary const& of);

} // namespace pilotlight::health
