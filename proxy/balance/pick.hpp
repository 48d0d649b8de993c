// Which instance takes this request? Pure: no clock, no I/O, no log. Same candidates, same answer.
#pragma once
#include "proxy/balance/candidate.hpp"

#include <optional>

namespace pilotlight::balance {

enum class strategy : std::uint8_t
{
  least_connections,
  round_robin,
  random
};

/// Index of the instance, or nothing when none that is ready has room. `turn` is the caller's counter (round_robin),
/// `chance` random bits (random: the better of two different ones, Mitzenmacher 2001). Ties of least_connections go to
/// the first.
std::optional<std::size_t> pick(std::span<candidate const> candidates, strategy how, std::uint64_t turn,
                                std::uint64_t chance);

} // namespace pilotlight::balance
