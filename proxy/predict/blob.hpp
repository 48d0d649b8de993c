// How does what was learned become a few bytes, and come back? One description (`persist(archive)`) serves both ways.
// Pure. Format in blob.cpp. What is read is checked for length and sum first and clamped to its range second, so that
// no blob, however made, can bring a value that the rest does not expect.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace pilotlight::predict {

/// Version, checksum and body with its runs of zeros folded.
std::string seal(std::string_view body);
/// The body; none if the blob is not whole, of another version, or larger than any of ours.
std::optional<std::string> unseal(std::string_view blob);

class blob_writer
{
public:
  static constexpr bool reading = false;
  template <class Real>
  void real(Real& value, double, double)
  {
    if constexpr (sizeof(Real) == 4)
      put(std::bit_cast<std::uint32_t>(value));
    else
      put(std::bit_cast<std::uint64_t>(value));
  }
  void whole(std::int64_t& value, std::int64_t, std::int64_t) { put(std::bit_cast<std::uint64_t>(value)); }
  void small(std::uint8_t& value) { put(value); }
  /// A count or sum from 0 to about 4e9, to within 5 %.
  void tally(float& value)
  {
    auto const code = std::lround(std::log2(1.0 + std::max(0.0, static_cast<double>(value))) * 8);
    put(static_cast<std::uint8_t>(std::clamp(code, 0L, 255L)));
  }
  /// A logarithm from -6 to 19, to within 0.05; NaN stays.
  void logarithm(float& value)
  {
    auto const code = std::isnan(value) ? 0 : std::lround((static_cast<double>(value) + 6) * 10) + 1;
    put(static_cast<std::uint8_t>(std::clamp<long>(code, 0, 255)));
  }
  std::string take() { return std::move(bytes_); }

private:
  template <class Unsigned>
  void put(Unsigned value)
  {
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
      bytes_.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff));
  }
  std::string bytes_;
};

/// Past the end it gives zeros and says so with whole() == false.
class blob_reader
{
public:
  static constexpr bool reading = true;
  explicit blob_reader(std::string_view bytes) : bytes_(bytes) {}

  template <class Real>
  void real(Real& value, double lowest, double highest)
  {
    if constexpr (sizeof(Real) == 4)
      value = std::bit_cast<float>(get<std::uint32_t>());
    else
      value = std::bit_cast<double>(get<std::uint64_t>());
    if (!(value >= static_cast<Real>(lowest))) value = static_cast<Real>(lowest); // NaN too
    if (value > static_cast<Real>(highest)) value = static_cast<Real>(highest);
  }
  void whole(std::int64_t& value, std::int64_t lowest, std::int64_t highest)
  {
    value = std::clamp(std::bit_cast<std::int64_t>(get<std::uint64_t>()), lowest, highest);
  }
  void small(std::uint8_t& value) { value = get<std::uint8_t>(); }
  void tally(float& value) { value = static_cast<float>(std::exp2(get<std::uint8_t>() / 8.0) - 1); }
  void logarithm(float& value)
  {
    auto const code = get<std::uint8_t>();
    value = code == 0 ? std::nanf("") : static_cast<float>((code - 1) / 10.0 - 6);
  }
  bool all_read() const { return !short_ && at_ == bytes_.size(); }

private:
  template <class Unsigned>
  Unsigned get()
  {
    if (bytes_.size() - at_ < sizeof(Unsigned)) {
      short_ = true;
      at_ = bytes_.size();
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
      value |= std::uint64_t{static_cast<unsigned char>(bytes_[at_ + i])} << (8 * i);
    at_ += sizeof(Unsigned);
    return static_cast<Unsigned>(value);
  }
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool short_ = false;
};

} // namespace pilotlight::predict
