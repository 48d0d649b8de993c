// Wrong infer requests and the sentences that they are refused with. The model takes x (FP32 [-1,2]), n (INT64, any
// shape) which has a default, and the arguments rate (int) and mode (string).
#pragma once
#include "tests/unit/oip_fixture.hpp"

#include <doctest/doctest.h>

namespace pilotlight::oip {

struct hostile
{
  std::string_view title;
  std::string json;
  std::string_view sentence;
  std::string_view binary = {};
};

/// A request with that one input.
inline std::string input(std::string_view members)
{
  return R"({"inputs":[{)" + std::string(members) + "}]}";
}
/// A right request with that data for x of shape [1,2].
inline std::string data(std::string_view text)
{
  return input(R"("name":"x","datatype":"FP32","shape":[1,2],"data":)" + std::string(text));
}
inline std::string number(std::string_view type, std::string_view text)
{
  return input(R"("name":"free","datatype":")" + std::string(type) + R"(","shape":[1],"data":[)" + std::string(text) +
               "]");
}
/// A right request with these members beside its inputs.
inline std::string beside(std::string_view members)
{
  return R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}],)" + std::string(members) + "}";
}
inline std::string parameters(std::string_view members)
{
  return beside(R"("parameters":{)" + std::string(members) + "}");
}
inline std::string repeated(std::string_view text, int times)
{
  auto all = std::string();
  for (auto i = 0; i < times; ++i)
    all.append(text);
  return all;
}

inline void refuse_all(std::span<hostile const> requests, parsing& parse)
{
  for (auto const& [title, json, sentence, binary] : requests) {
    CAPTURE(title);
    auto const done = parse(json, binary);
    REQUIRE_FALSE(done);
    CHECK(done.error().kind == fault::bad_request);
    CHECK(done.error().sentence == sentence);
    CHECK(parse.request.table.tensors.empty());
  }
}

inline constexpr std::string_view broken =
    "the body is not valid JSON: a value, comma, colon or bracket is missing or misplaced";
inline constexpr std::string_view escape = "the body is not valid JSON: a string has a wrong escape";
inline constexpr std::string_view unclosed = "the body is not valid JSON: its brackets do not pair up";

} // namespace pilotlight::oip
