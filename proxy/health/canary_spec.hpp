// What does a model.toml say of the canary of its model? Plain data.
#pragma once
#include "proxy/health/compare.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pilotlight::health {

struct canary_input
{
  std::string name{}; ///< empty: the input of that place as the model calls it (see choose_canary)
  datatype type = datatype::unknown;
  dimensions shape{};
  std::vector<std::byte> data{};                    ///< given; empty: generated
  std::optional<std::pair<double, double>> range{}; ///< of generated values, both ends included
  bool operator==(canary_input const&) const = default;
};

/// A non-tensor argument of forward(), for models whose requests give one.
struct canary_argument
{
  std::string name{};
  std::variant<std::int64_t, double, bool, std::string> value;
  bool operator==(canary_argument const&) const = default;
};

/// [canary] with [[canary.inputs]], [[canary.outputs]], [canary.arguments].
struct canary_spec
{
  bool enabled = true; ///< false: this model gets no canary at all
  std::uint64_t seed = 1;
  tolerance within{};
  std::vector<canary_input> inputs{};  ///< empty: those of the first warm-up, or shapes that requests have shown
  std::vector<tensor_value> outputs{}; ///< the golden answer; empty: recorded at first load
  std::vector<canary_argument> arguments{};
  bool operator==(canary_spec const&) const = default;
};

/// Most bytes that the inputs of a canary, or a golden answer, may have.
inline constexpr std::uint64_t largest_canary = std::uint64_t{64} << 20;

} // namespace pilotlight::health
