// The sealed form: "PLPR", one byte version, eight bytes FNV-1a of all that follows (little endian), then the body
// with every run of zeros as a zero and the length of the run (1 to 255). The largest body is far below `largest`.
#include "proxy/predict/blob.hpp"

namespace pilotlight::predict {

namespace {

constexpr std::string_view magic = "PLPR";
constexpr char version = 2;
constexpr std::size_t head = 4 + 1 + 8;
constexpr std::size_t largest = 64 * 1'024;

/// Fowler, Noll and Vo, 64 bits: against accidents, not against malice; the reader survives malice by itself.
std::uint64_t sum_of(std::string_view bytes)
{
  std::uint64_t sum = 14'695'981'039'346'656'037U;
  for (auto const byte : bytes) {
    sum ^= static_cast<unsigned char>(byte);
    sum *= 1'099'511'628'211U;
  }
  return sum;
}

} // namespace

std::string seal(std::string_view body)
{
  std::string folded;
  for (std::size_t i = 0; i < body.size();) {
    if (body[i] != 0) {
      folded.push_back(body[i++]);
      continue;
    }
    std::size_t run = 0;
    while (i < body.size() && body[i] == 0 && run < 255)
      ++run, ++i;
    folded.push_back(0);
    folded.push_back(static_cast<char>(run));
  }
  std::string blob{magic};
  blob.push_back(version);
  auto const sum = sum_of(folded);
  for (int i = 0; i < 8; ++i)
    blob.push_back(static_cast<char>(sum >> (8 * i) & 0xff));
  return blob + folded;
}

std::optional<std::string> unseal(std::string_view blob)
{
  if (blob.size() < head || blob.size() > largest || !blob.starts_with(magic) || blob[4] != version)
    return std::nullopt;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < 8; ++i)
    sum |= std::uint64_t{static_cast<unsigned char>(blob[5 + i])} << (8 * i);
  auto const folded = blob.substr(head);
  if (sum != sum_of(folded)) return std::nullopt;
  std::string body;
  for (std::size_t i = 0; i < folded.size(); ++i) {
    if (folded[i] != 0) {
      body.push_back(folded[i]);
      continue;
    }
    if (++i == folded.size()) return std::nullopt;
    body.append(static_cast<unsigned char>(folded[i]), '\0');
    if (body.size() > largest) return std::nullopt;
  }
  return body;
}

} // namespace pilotlight::predict
