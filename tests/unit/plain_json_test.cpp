#include "shared/plain_json.hpp"

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <doctest/doctest.h>
#include <limits>
#include <random>

using namespace pilotlight;
namespace json = boost::json;

TEST_CASE("plain json: numbers are shortest decimals")
{
  struct
  {
    json::value value;
    char const* text;
  } const cases[] = {
      {2.0, "2"},
      {0.203, "0.203"},
      {-0.5, "-0.5"},
      {0.0, "0"},
      {0.1 + 0.2, "0.30000000000000004"},
      {1732475799.125, "1732475799.125"},
      {1e-6, "0.000001"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {5e-324, "5e-324"},
      {std::numeric_limits<double>::infinity(), "null"},
      {-std::numeric_limits<double>::infinity(), "null"},
      {std::numeric_limits<double>::quiet_NaN(), "null"},
      {std::int64_t{-9007199254740993}, "-9007199254740993"},
      {std::uint64_t{18446744073709551615U}, "18446744073709551615"},
      {nullptr, "null"},
      {true, "true"},
  };
  for (auto const& [value, text] : cases)
    CHECK(plain_json(value) == text);
}

TEST_CASE("plain json: what is no number stands as Boost.JSON writes it, in its order")
{
  auto const text = R"({"b":[1,{"a":"x\"\\\n\u0001é"},[],{}],"a\"":null,"c":false})";
  CHECK(plain_json(json::parse(text)) == text);
}

TEST_CASE("plain json: every number is read back the same")
{
  auto random = std::mt19937_64(7);
  for (auto i = 0; i < 20'000; ++i) {
    auto const bits = random();
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    if (i % 2 == 0) number = std::ldexp(static_cast<double>(bits), static_cast<int>(bits % 90) - 80);
    if (!std::isfinite(number)) continue;
    auto const again = json::parse(plain_json(json::array{number})).as_array()[0].to_number<double>();
    CHECK(again == doctest::Approx(number).epsilon(1e-15));
    CHECK(std::strtod(plain_json(number).c_str(), nullptr) == number);
  }
}
