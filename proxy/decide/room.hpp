// Which models that wait for their first process start now, and which idle ones make room for them? The rules of
// capacity.hpp, for those that requests wait for. Pure.
#pragma once
#include "proxy/decide/capacity.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::decide {

struct waiting_start
{
  place_wanted wanted;
  std::size_t held = 0; ///< popularity: requests that wait for it
  std::chrono::steady_clock::time_point since{};
};

/// One model gives way to another.
struct eviction
{
  model_index model = 0;
  model_index in_favour_of = 0;
};

struct start_refused
{
  model_index model = 0;
  std::string lacking; ///< one clause
  bool coming = false; ///< its room is on its way
};

struct room_plan
{
  std::vector<model_index> start;       ///< now, in this order
  std::vector<eviction> evict;          ///< to zero now; their exits make the room for those still waiting
  std::vector<eviction> drain;          ///< one instance less each, for the same
  std::vector<start_refused> refused;   ///< those whose turn it was
  std::vector<model_index> lack_memory; ///< of these, those that lack memory
};

/// The highest priority first, of those the most popular (ties: longest waiting), as far as places, memory and parallel
/// starts allow; for each that still lacks room, idle models are evicted as capacity::place says. A waiting start that
/// no parallel_starts slot is left for evicts nobody yet: its turn comes. A model that is still among the loaded (its
/// old processes are leaving) starts after their exit.
room_plan plan_room(std::span<holding const> loaded, std::span<waiting_start const> waiting, node_facts const& node,
                    node_policy const& policy);

} // namespace pilotlight::decide
