// How warm does a model rest, and what does each step of that ladder cost? Plain data.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pilotlight::decide {

/// From the cheapest to the warmest. The zygote is one for all models; the others are a model's own.
enum class rung : std::uint8_t
{
  zero,         ///< no process
  zygote,       ///< LibTorch initialised, the model not loaded
  model_zygote, ///< weights loaded and warmed; an instance is one fork away
  instance,     ///< at least one instance is ready
};
inline constexpr std::size_t rungs = 4;

constexpr std::string_view to_string(rung which)
{
  constexpr std::string_view names[] = {"zero", "zygote", "model_zygote", "instance"};
  return names[static_cast<std::size_t>(which)];
}

/// What one model costs on each rung. By default MiniLM as measured on the 2-core machine of docs/architecture.md.
struct start_costs
{
  /// From resting at the rung to the answer of the first request, beyond the service time of a warm one.
  std::array<std::chrono::microseconds, rungs> to_answer{std::chrono::milliseconds(420), std::chrono::milliseconds(225),
                                                         std::chrono::milliseconds(60), std::chrono::microseconds(0)};
  /// Memory that is held while it rests there, the rungs below included but for the zygote, which is counted once
  /// for all models that need it ([zygote] is its size).
  std::array<std::uint64_t, rungs> bytes{0, std::uint64_t{90} << 20, std::uint64_t{120} << 20,
                                         std::uint64_t{140} << 20};

  bool operator==(start_costs const&) const = default;
};

/// The cheapest rung from which the first request is answered within `target`.
constexpr rung cheapest_within(start_costs const& costs, std::chrono::microseconds target)
{
  for (std::size_t i = 0; i + 1 < rungs; ++i)
    if (costs.to_answer[i] <= target) return static_cast<rung>(i);
  return rung::instance;
}

} // namespace pilotlight::decide
