#include "shared/shape.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <vector>

namespace pilotlight {
namespace {

constexpr auto huge = std::numeric_limits<std::int64_t>::max();

} // namespace

TEST_CASE("shape: elements, with overflow and negatives as answers")
{
  struct
  {
    std::vector<std::int64_t> shape;
    std::optional<std::uint64_t> count;
  } const cases[] = {
      {{}, 1},
      {{0}, 0},
      {{7}, 7},
      {{2, 3, 4}, 24},
      {{5, 0, 5}, 0},
      {{-1}, std::nullopt},
      {{0, -1}, std::nullopt},
      {{std::numeric_limits<std::int64_t>::min()}, std::nullopt},
      {{std::int64_t{1} << 62}, std::uint64_t{1} << 62},
      {{(std::int64_t{1} << 62) + 1}, std::nullopt},
      {{std::int64_t{1} << 31, std::int64_t{1} << 31}, std::uint64_t{1} << 62},
      {{std::int64_t{1} << 32, std::int64_t{1} << 31}, std::nullopt},
      {{std::int64_t{1} << 32, std::int64_t{1} << 32}, std::nullopt}, // 2^64 would wrap to 0
      {{huge, huge, huge}, std::nullopt},
      {{huge, 2, 0}, std::nullopt},
      {{0, huge, 2}, std::nullopt},
  };
  for (auto const& [shape, count] : cases) {
    CAPTURE(shape.size());
    CHECK(element_count(shape) == count);
  }
}

TEST_CASE("shape: bytes, with overflow as an answer")
{
  auto const at_most = std::vector<std::int64_t>{std::int64_t{1} << 59};
  auto const over = std::vector<std::int64_t>{(std::int64_t{1} << 59) + 1};
  CHECK(byte_count(datatype::fp64, at_most) == std::uint64_t{1} << 62);
  CHECK_FALSE(byte_count(datatype::fp64, over));
  CHECK(byte_count(datatype::int16, std::vector<std::int64_t>{3, 5}) == 30);
  CHECK(byte_count(datatype::boolean, std::vector<std::int64_t>{}) == 1);
  CHECK(byte_count(datatype::unknown, std::vector<std::int64_t>{9}) == 0);
  CHECK_FALSE(byte_count(datatype::int8, std::vector<std::int64_t>{-4}));
}

} // namespace pilotlight
