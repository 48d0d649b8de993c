// What does the memory of one instance look like? One sealed memfd per instance: header, five rings, reply arena.
// Owns an fd and a mapping. The proxy makes it; the worker maps what it is handed after checking the layout.
//
//   0            segment_header (indices, sleep flags, progress words)
//   header_size  submissions | completions | releases | probes | probe answers
//   arena_offset reply arena, page aligned
#pragma once
#include "shared/descriptor.hpp"
#include "shared/doorbell.hpp"
#include "shared/spsc_ring.hpp"
#include "shared/unique_fd.hpp"

#include <boost/interprocess/mapped_region.hpp>
#include <cstddef>
#include <span>

namespace pilotlight {

/// Bumped with every change of anything in shared/ that both sides map.
inline constexpr std::uint32_t layout_version = 3;
inline constexpr std::uint32_t segment_magic = 0x504c5347; // "PLSG"
/// Entries of the submission and completion rings. The release ring holds as many blocks as can ever be out.
inline constexpr std::uint32_t ring_entries = 256;
inline constexpr std::uint32_t release_entries = 1024;
/// Entries of the two rings of the probe lane: as many probes can be out at once.
inline constexpr std::uint32_t probe_entries = 16;
/// Requests that one forward can answer together: never more than can be inside.
inline constexpr std::uint32_t max_batch_members = ring_entries;

/// What the worker is doing. By it the proxy tells busy from hung, and which requests were inside a dead worker.
/// The worker writes `since_ns` and the batch, then `request` or `probe` (release); and sets those to 0 when forward is
/// over, before it pushes the completion... so a completion that was pushed is never also "executing".
struct progress_word
{
  std::atomic<std::uint64_t> request{0};  ///< executing now, the first of its batch; 0: none
  std::atomic<std::uint64_t> probe{0};    ///< canary that executes now; 0: none. Never both
  std::atomic<std::uint64_t> since_ns{0}; ///< CLOCK_MONOTONIC of its start
  std::atomic<std::uint64_t> turns{0};    ///< requests ever taken up
  std::atomic<std::uint32_t> members{0};  ///< entries of `batch` that hold while `request` is set
  std::atomic<std::uint64_t> batch[max_batch_members] = {};
};

struct segment_header
{
  std::uint32_t magic = segment_magic;
  std::uint32_t version = layout_version;
  std::uint64_t arena_offset = 0;
  std::uint64_t arena_size = 0;
  ring_indices submissions;
  ring_indices completions;
  ring_indices releases;
  ring_indices probes;
  ring_indices probe_answers;
  alignas(128) sleep_flag worker_sleeps{0};
  alignas(128) sleep_flag proxy_sleeps{0};
  /// Set by a worker that sleeps until a block of its reply arena comes back (same doorbell as worker_sleeps).
  alignas(128) sleep_flag worker_lacks_room{0};
  alignas(128) progress_word progress;
};

class segment
{
public:
  /// Makes a new one, sealed against shrinking and growing. `arena_size` is rounded up to a power of two >= 64 KiB.
  static result<segment> make(std::size_t arena_size);
  /// Maps one that was made elsewhere. Failure: wrong magic, layout version or size; not sealed.
  static result<segment> map(unique_fd fd);

  int fd() const { return fd_.get(); }
  segment_header& header() const { return *static_cast<segment_header*>(region_.get_address()); }
  std::span<submission> submissions() const;
  std::span<completion> completions() const;
  std::span<release> releases() const;
  std::span<submission> probes() const;
  std::span<completion> probe_answers() const;
  std::span<std::byte> arena() const;

private:
  segment(unique_fd fd, boost::interprocess::mapped_region region, std::size_t arena_offset, std::size_t arena_size)
      : fd_(std::move(fd)), region_(std::move(region)), arena_offset_(arena_offset), arena_size_(arena_size)
  {
  }
  std::byte* at(std::size_t offset) const { return static_cast<std::byte*>(region_.get_address()) + offset; }

  unique_fd fd_;
  boost::interprocess::mapped_region region_;
  std::size_t arena_offset_; ///< private copies: the header is the other side's to scribble on
  std::size_t arena_size_;
};

} // namespace pilotlight
