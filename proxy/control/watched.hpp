// What is followed of the health of one instance, and of one model. Plain data, owned by health_rounds.
#pragma once
#include "proxy/channel/request_arena.hpp"
#include "proxy/health/answer_book.hpp"
#include "proxy/health/baseline.hpp"
#include "proxy/health/heartbeat.hpp"
#include "proxy/health/memory_trend.hpp"
#include "proxy/health/schedule.hpp"
#include "proxy/health/standing.hpp"
#include "proxy/health/trust.hpp"
#include "proxy/health/work_watch.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <sys/types.h>
#include <utility>

namespace pilotlight::control {

struct watched_instance
{
  std::chrono::steady_clock::time_point created{}; ///< tells it from a later one of the same number
  health::agenda agenda;
  health::heartbeat_watch heart;
  health::memory_trend memory;
  std::optional<health::instant> cramped; ///< since when it was seen without room for a reply, each time
  health::work_watch work;
  health::instance_standing standing;
  int threads_at_ready = 0;
  bool performed = false;            ///< it passed its last performance check
  std::uint64_t heartbeat = 0;       ///< id of the one that is out; 0: none
  std::uint64_t canary = 0;          ///< likewise
  channel::arena_block canary_block; ///< stays until the answer, or the worker's end
  health::instant sick_asked{};      ///< when a sick one was last thought about
};

struct watched_model
{
  std::map<int, watched_instance> instances;
  health::baseline baseline;
  health::score_standing standing;
  health::model_result now;
  health::trust trusted = health::trust::trusted;
  std::optional<health::answer_book> book; ///< of this load; nothing: not made yet
  std::optional<health::golden_answer> stored;
  std::string checksum;    ///< of the load that the book is for
  bool asked_disk = false; ///< its golden answer is being looked for, or was
  bool disk_answered = false;
  std::optional<int> accuracy;          ///< score of the last canary of this load
  pid_t loaded = 0;                     ///< the model zygote that holds this load; 0: none was seen
  std::deque<health::instant> replaced; ///< by health, lately
  std::optional<int> emergency;         ///< at this score one more instance is wanted, and has not been granted yet

  /// From now on `zygote` holds it: what canaries have said is of another load. True: there was one before.
  bool loaded_by(pid_t zygote)
  {
    book.reset();
    accuracy.reset();
    asked_disk = disk_answered = false;
    return std::exchange(loaded, zygote) != 0;
  }
};

} // namespace pilotlight::control
