// A quick hash of bytes that is the same in every process and on every machine. Not for hostile input. Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace pilotlight {

inline constexpr std::uint64_t fnv1a_basis = 0xcbf29ce484222325;

/// 64-bit FNV-1a (Fowler, Noll, Vo): one byte, or many, more into `hash`.
constexpr std::uint64_t fnv1a(std::uint8_t byte, std::uint64_t hash)
{
  return (hash ^ byte) * 0x100000001b3;
}

constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = fnv1a_basis)
{
  for (auto const c : text)
    hash = fnv1a(static_cast<std::uint8_t>(c), hash);
  return hash;
}

} // namespace pilotlight
