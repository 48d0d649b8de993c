#include "shared/segment.hpp"

#include "shared/memfd.hpp"

#include <algorithm>
#include <bit>
#include <fcntl.h>
#include <new>

namespace pilotlight {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t header_size = (sizeof(segment_header) + page - 1) / page * page;
constexpr std::size_t completions_at = header_size + ring_entries * sizeof(submission);
constexpr std::size_t releases_at = completions_at + ring_entries * sizeof(completion);
constexpr std::size_t probes_at = releases_at + release_entries * sizeof(release);
constexpr std::size_t probe_answers_at = probes_at + probe_entries * sizeof(submission);
constexpr std::size_t rings_end = probe_answers_at + probe_entries * sizeof(completion);
constexpr std::size_t arena_at = (rings_end + page - 1) / page * page;
constexpr int size_seals = F_SEAL_SHRINK | F_SEAL_GROW;

} // namespace

result<segment> segment::make(std::size_t arena_size)
{
  arena_size = std::bit_ceil(std::max<std::size_t>(arena_size, 64 * 1024));
  auto fd = make_memfd("pilotlight-segment", arena_at + arena_size);
  if (!fd) return fd.error();
  if (auto const sealed = seal(fd->get(), size_seals); !sealed) return sealed.error();
  auto region = map_memfd(fd->get(), arena_at + arena_size, boost::interprocess::read_write);
  if (!region) return region.error();
  auto* header = new (region->get_address()) segment_header;
  header->arena_offset = arena_at;
  header->arena_size = arena_size;
  return segment(std::move(*fd), std::move(*region), arena_at, arena_size);
}

result<segment> segment::map(unique_fd fd)
{
  auto const size = size_of_memfd(fd.get());
  if (size <= arena_at) return failure{fault::internal, "segment too small for this layout"};
  if ((seals_of(fd.get()) & size_seals) != size_seals) return failure{fault::internal, "segment not sealed"};
  auto region = map_memfd(fd.get(), size, boost::interprocess::read_write);
  if (!region) return region.error();
  auto const& header = *static_cast<segment_header*>(region->get_address());
  if (header.magic != segment_magic) return failure{fault::internal, "segment with a wrong magic number"};
  if (header.version != layout_version)
    return failure{fault::internal, "segment of layout " + std::to_string(header.version) + ", this worker speaks " +
                                        std::to_string(layout_version) + ": proxy and worker are of different builds"};
  auto const arena_size = header.arena_size;
  if (header.arena_offset != arena_at || arena_size != size - arena_at || !std::has_single_bit(arena_size))
    return failure{fault::internal, "segment with a wrong arena"};
  return segment(std::move(fd), std::move(*region), arena_at, arena_size);
}

std::span<submission> segment::submissions() const
{
  return {reinterpret_cast<submission*>(at(header_size)), ring_entries};
}

std::span<completion> segment::completions() const
{
  return {reinterpret_cast<completion*>(at(completions_at)), ring_entries};
}

std::span<release> segment::releases() const
{
  return {reinterpret_cast<release*>(at(releases_at)), release_entries};
}

std::span<submission> segment::probes() const
{
  return {reinterpret_cast<submission*>(at(probes_at)), probe_entries};
}

std::span<completion> segment::probe_answers() const
{
  return {reinterpret_cast<completion*>(at(probe_answers_at)), probe_entries};
}

std::span<std::byte> segment::arena() const
{
  return {at(arena_offset_), arena_size_};
}

} // namespace pilotlight
