// One infer request from its admission to its answer. It lives in the slab, not in its connection: a client that has
// gone or been told 504 leaves it behind, pinned, until the worker that holds it completes or exits. Plain data.
#pragma once
#include "proxy/balance/candidate.hpp"
#include "proxy/channel/instance_channel.hpp"
#include "proxy/channel/request_arena.hpp"
#include "proxy/pool/start_times.hpp"
#include "proxy/pool/waiter.hpp"
#include "shared/failure.hpp"
#include "shared/tensor_table.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <optional>
#include <string>

namespace pilotlight::pool {

using clock = std::chrono::steady_clock;
class model;
struct instance;
struct sequence;

/// Where its time went, for Server-Timing and statistics.
struct request_times
{
  clock::time_point arrived{};
  clock::time_point submitted{};
  start_share start; ///< of a cold request: what its hold consists of
  std::chrono::nanoseconds hold{0}, queue{0}, input{0}, compute{0}, output{0};
};

/// The connection's wish to be told that its request takes long, so that it may watch for a client that goes away.
struct client_watch
{
  virtual void begin() = 0;

protected:
  ~client_watch() = default;
};

enum class phase : std::uint8_t
{
  vacant,
  admitted,
  waiting,
  running,
  done
};

struct pending : boost::intrusive::list_base_hook<>
{
  std::uint64_t id = 0; ///< slot and generation; what the worker is told
  pool::phase phase = phase::vacant;
  model* owner = nullptr;
  instance* on = nullptr;     ///< while running
  bool abandoned = false;     ///< nobody waits for the answer any more
  bool cold = false;          ///< waited for a start
  int blamed = 0;             ///< workers that its execution has ended by their own fault
  std::string blame;          ///< how the last of them ended
  bool alone = false;         ///< never in a batch: it was inside one that a worker did not survive
  std::size_t held_bytes = 0; ///< body bytes counted against the hold

  boost::container::small_vector<channel::arena_block, 2> blocks;
  std::uint64_t table_offset = 0;
  std::uint32_t table_length = 0;

  std::uint64_t balance_key = 0; ///< of consistent_hash: requests of one key go to one instance; 0: none
  balance::zone_id zone = 0;     ///< of its client
  std::string sequence_id;       ///< empty: none
  bool sequence_start = false, sequence_end = false;
  bool in_sequence = false; ///< counted in its open sequence

  clock::time_point deadline{};
  clock::time_point waiting_since{}; ///< since it came, or came back from a worker that ended
  request_times times;
  client_watch* watch = nullptr;
  waiter done;
  std::optional<failure> error; ///< once done: why there is no answer
  channel::reply answer;        ///< once done without error
};

} // namespace pilotlight::pool
