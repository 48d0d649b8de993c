#include "worker/taken.hpp"

namespace pilotlight::worker {
namespace {

result<void> read(submission const& asked, std::span<std::byte const> arena, taken& into)
{
  if (asked.table_length > max_table_bytes || asked.table_offset > arena.size() ||
      asked.table_length > arena.size() - asked.table_offset)
    return failure{fault::internal, "corrupt submission: its table lies outside the request arena"};
  auto const from = arena.subspan(asked.table_offset, asked.table_length);
  into.table_bytes.assign(from.begin(), from.end());
  return read_table(into.table_bytes, arena.size(), into.table);
}

} // namespace

void take_up(submission const& asked, std::span<std::byte const> arena, taken& into)
{
  into.asked = asked;
  into.done = {};
  into.done.request = asked.request;
  into.probe = (asked.flags & canary) != 0;
  into.refused.reset();
  if (auto const checked = read(asked, arena, into); !checked) into.refused = checked.error();
}

} // namespace pilotlight::worker
