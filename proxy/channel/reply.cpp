#include "proxy/channel/instance_channel.hpp"

#include <algorithm>

namespace pilotlight::channel {

namespace {

constexpr std::uint64_t longest_sentence = 4096;

} // namespace

result<void> reply::read(reply_block from, std::uint64_t table_length)
{
  if (!from || table_length > max_table_bytes) return failure{fault::internal, "no table"};
  auto const table = from.memory().first(table_length);
  table_copy.assign(table.begin(), table.end());
  if (auto const found = read_table(table_copy, from.arena().size(), outputs); !found) return found.error();
  block = std::move(from);
  return {};
}

std::string sentence_in(reply_block const& block, std::uint64_t length)
{
  if (!block) return {};
  auto const bytes = block.memory().first(std::min(length, longest_sentence));
  auto text = std::string(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

} // namespace pilotlight::channel
