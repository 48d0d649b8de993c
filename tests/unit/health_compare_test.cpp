#include "proxy/health/compare.hpp"

#include <cmath>
#include <cstring>
#include <doctest/doctest.h>
#include <limits>
#include <random>

using namespace pilotlight;
using namespace pilotlight::health;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
double const not_a_number = std::nan("");

tensor_value tensor(datatype type, std::vector<double> const& values, std::string name = "y")
{
  auto made = tensor_value{std::move(name), type, {static_cast<std::int64_t>(values.size())}, {}};
  for (auto const value : values)
    REQUIRE(append_value(made.bytes, type, value));
  return made;
}

std::string differs(tensor_value const& golden, tensor_value const& got, tolerance const& within = {})
{
  auto const other = compare(std::span(&golden, 1), std::span(&got, 1), within);
  return other ? other->sentence : "";
}

constexpr datatype all_types[] = {datatype::boolean, datatype::uint8, datatype::uint16, datatype::uint32,
                                  datatype::uint64,  datatype::int8,  datatype::int16,  datatype::int32,
                                  datatype::int64,   datatype::fp16,  datatype::bf16,   datatype::fp32,
                                  datatype::fp64};

} // namespace

TEST_CASE("compare: every datatype equals itself, and tells which value differs")
{
  for (auto const type : all_types) {
    CAPTURE(to_string(type));
    auto const golden = tensor(type, {0, 1, 1, 0});
    CHECK(differs(golden, golden).empty());
    CHECK(differs(golden, tensor(type, {0, 1, 0, 1})) == "output \"y\" [2] is 0, golden is 1; 2 of 4 values differ");
  }
}

TEST_CASE("compare: NaN equals NaN, an infinity only itself, and -0 is 0")
{
  for (auto const type : {datatype::fp16, datatype::bf16, datatype::fp32, datatype::fp64}) {
    CAPTURE(to_string(type));
    auto const golden = tensor(type, {not_a_number, inf, -inf, 0});
    CHECK(differs(golden, tensor(type, {not_a_number, inf, -inf, -0.0})).empty());
    CHECK(differs(golden, tensor(type, {1, inf, -inf, 0})).starts_with("output \"y\" [0] is 1, golden is nan;"));
    CHECK(differs(golden, tensor(type, {not_a_number, -inf, -inf, 0}))
              .starts_with("output \"y\" [1] is -inf, golden is inf;"));
    CHECK(
        differs(golden, tensor(type, {not_a_number, inf, 1, 0})).starts_with("output \"y\" [2] is 1, golden is -inf;"));
    CHECK(differs(golden, tensor(type, {not_a_number, inf, -inf, not_a_number}))
              .starts_with("output \"y\" [3] is nan, golden is 0;"));
    // However wide the tolerance.
    auto const wide = tolerance{1.0, 1e300};
    CHECK_FALSE(differs(golden, tensor(type, {1, inf, -inf, 0}), wide).empty());
    CHECK_FALSE(differs(golden, tensor(type, {not_a_number, 1, -inf, 0}), wide).empty());
  }
}

TEST_CASE("compare: the usual tolerance goes by datatype, a given one holds for all but BOOL")
{
  CHECK(differs(tensor(datatype::fp32, {1000}), tensor(datatype::fp32, {1000.9})).empty());
  CHECK_FALSE(differs(tensor(datatype::fp32, {1000}), tensor(datatype::fp32, {1001.1})).empty());
  CHECK(differs(tensor(datatype::fp32, {0}), tensor(datatype::fp32, {9e-6})).empty());
  CHECK_FALSE(differs(tensor(datatype::fp64, {1000}), tensor(datatype::fp64, {1000.9})).empty());
  CHECK(differs(tensor(datatype::fp16, {100}), tensor(datatype::fp16, {100.9})).empty());
  CHECK(differs(tensor(datatype::bf16, {100}), tensor(datatype::bf16, {104})).empty());
  CHECK_FALSE(differs(tensor(datatype::int32, {100}), tensor(datatype::int32, {101})).empty());
  CHECK(differs(tensor(datatype::int32, {100}), tensor(datatype::int32, {101}), {0.01, {}}).empty());
  CHECK(differs(tensor(datatype::uint8, {3}), tensor(datatype::uint8, {2}), {{}, 1.0}).empty());
  CHECK_FALSE(differs(tensor(datatype::boolean, {1}), tensor(datatype::boolean, {0}), {1.0, 1.0}).empty());
  CHECK_FALSE(differs(tensor(datatype::fp32, {1}), tensor(datatype::fp32, {1.0000002}), {0.0, 0.0}).empty());
}

TEST_CASE("compare: 64-bit integers are compared exactly")
{
  auto const make = [](datatype type, std::uint64_t bits) {
    auto made = tensor_value{"y", type, {1}, std::vector<std::byte>(8)};
    std::memcpy(made.bytes.data(), &bits, 8);
    return made;
  };
  auto const top = std::uint64_t{1} << 63;
  CHECK(differs(make(datatype::uint64, top), make(datatype::uint64, top + 1)) ==
        "output \"y\" [0] is 9223372036854775809, golden is 9223372036854775808; 1 of 1 values differ");
  CHECK(differs(make(datatype::int64, top), make(datatype::int64, top - 1), {{}, 1e18}) ==
        "output \"y\" [0] is 9223372036854775807, golden is -9223372036854775808; 1 of 1 values differ");
  CHECK(differs(make(datatype::int64, 0), make(datatype::int64, ~std::uint64_t{0}), {{}, 1.0}).empty());
}

TEST_CASE("compare: names, types and shapes are told in one sentence")
{
  auto const one = tensor(datatype::fp32, {1, 2});
  auto const say = [](std::vector<tensor_value> const& golden, std::vector<tensor_value> const& got) {
    auto const other = compare(golden, got, {});
    auto const form = compare_form(golden, got);
    REQUIRE(other);
    REQUIRE(form);
    CHECK(form->sentence == other->sentence);
    CHECK(other->share == 1);
    return other->sentence;
  };
  CHECK(say({one}, {}) == "output \"y\" is missing");
  CHECK(say({one}, {one, tensor(datatype::fp32, {1}, "z")}) == "output \"z\" is not in the golden answer");
  CHECK(say({one}, {one, one}) == "an output comes twice");
  CHECK(say({one}, {tensor(datatype::fp16, {1, 2})}) == "output \"y\" is FP16 [2], golden is FP32 [2]");
  CHECK(say({one}, {tensor(datatype::fp32, {1, 2, 3})}) == "output \"y\" is FP32 [3], golden is FP32 [2]");
  auto cut = one;
  cut.bytes.pop_back();
  CHECK(say({one}, {cut}) == "output \"y\" has another length than its shape");
  CHECK_FALSE(compare({}, {}, {}));
}

TEST_CASE("compare: the order of outputs does not matter; the first that differs is told with its place")
{
  auto const a = tensor(datatype::fp32, {1, 2}, "a");
  auto b = tensor(datatype::int8, {1, 2, 3, 4, 5, 6}, "b");
  b.shape = {1, 2, 3};
  auto other = b;
  other.bytes[4] = std::byte{9};
  CHECK_FALSE(compare(std::vector{a, b}, std::vector{b, a}, {}));
  auto const found = compare(std::vector{a, b}, std::vector{other, a}, {});
  REQUIRE(found);
  CHECK(found->sentence == "output \"b\" [0, 1, 1] is 9, golden is 5; 1 of 8 values differ");
  CHECK(found->share == doctest::Approx(0.125));
  CHECK(place_of(0, {}) == "[]");
}

TEST_CASE("compare: a scalar and an empty tensor")
{
  auto scalar = tensor(datatype::fp32, {0.25});
  scalar.shape = {};
  auto other = scalar;
  auto const half = 0.5f;
  std::memcpy(other.bytes.data(), &half, 4);
  CHECK(differs(scalar, other) == "output \"y\" [] is 0.5, golden is 0.25; 1 of 1 values differ");
  auto const empty = tensor_value{"y", datatype::fp32, {0, 4}, {}};
  CHECK(differs(empty, empty).empty());
}

TEST_CASE("compare: property: equal within the tolerance is what numpy.isclose says")
{
  auto random = std::mt19937_64(8);
  for (int run = 0; run < 5'000; ++run) {
    auto const golden =
        std::ldexp(static_cast<double>(random() % 2'000'001) - 1e6, static_cast<int>(random() % 40) - 30);
    auto const got = golden * (1 + (static_cast<double>(random() % 2'001) - 1'000) * 1e-5);
    auto const within =
        tolerance{static_cast<double>(random() % 100) * 1e-4, static_cast<double>(random() % 100) * 1e-6};
    auto const equal = std::abs(got - golden) <= *within.absolute + *within.relative * std::abs(golden);
    CHECK(differs(tensor(datatype::fp64, {golden}), tensor(datatype::fp64, {got}), within).empty() == equal);
  }
}
