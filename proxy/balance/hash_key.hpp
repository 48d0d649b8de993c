// Which number stands for this key? The same for the same text in every run and on every node. Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace pilotlight::balance {

/// Spreads each bit over all (the finaliser of MurmurHash3, Appleby).
constexpr std::uint64_t mixed(std::uint64_t bits)
{
  bits ^= bits >> 33U;
  bits *= 0xff51'afd7'ed55'8ccdU;
  bits ^= bits >> 33U;
  bits *= 0xc4ce'b9fe'1a85'ec53U;
  return bits ^ (bits >> 33U);
}

/// Of a header's value or a sequence_id; never 0, which means that there is none. An empty text is no key.
constexpr std::uint64_t hash_key(std::string_view text)
{
  if (text.empty()) return 0;
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325U; // FNV-1a, 64 bit
  for (auto const c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01b3U;
  hash = mixed(hash);
  return hash != 0 ? hash : 1;
}

} // namespace pilotlight::balance
