// Which model starts next, and which idle one makes room for it? Pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

namespace pilotlight::decide {

struct loaded_model
{
  model_index model = 0;
  bool idle = false;     ///< nothing waits or runs, and it is not starting
  bool leaving = false;  ///< already scaling down: its place is about to be free
  bool starting = false; ///< counts against parallel_starts
  std::chrono::steady_clock::time_point last_used{};
  int priority = 0; ///< the lower one goes first
};

struct waiting_start
{
  model_index model = 0;
  std::size_t held = 0; ///< popularity: requests that wait for it
  std::chrono::steady_clock::time_point since{};
  int priority = 0; ///< the higher one goes first
};

struct room_limits
{
  std::size_t max_loaded = 5;
  std::size_t parallel_starts = 2;
};

struct room_plan
{
  std::vector<model_index> start; ///< now, in this order
  std::vector<model_index> evict; ///< to zero now, oldest use first; their exits make the room for those still waiting
};

/// Starts the highest priority first, of those the most popular (ties: longest waiting), as far as places and parallel
/// starts allow; for each that still lacks a place, one idle model is evicted (lowest priority first, of those the
/// oldest use), never more than the places lacking, counting those that are leaving already. A waiting start that no
/// parallel_starts slot is left for evicts nobody yet: its turn comes. A model that is still among the loaded (its old
/// processes are leaving) starts after their exit.
room_plan plan_room(std::span<loaded_model const> loaded, std::span<waiting_start const> waiting,
                    room_limits const& limits);

} // namespace pilotlight::decide
