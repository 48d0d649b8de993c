#include "tests/unit/oip_fixture.hpp"

#include "proxy/oip/half.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

namespace pilotlight::oip {
namespace {

std::string with_data(std::string_view type, std::string_view shape, std::string_view data)
{
  return R"({"inputs":[{"name":"x","datatype":")" + std::string(type) + R"(","shape":)" + std::string(shape) +
         R"(,"data":)" + std::string(data) + "}]}";
}

template <class Number>
std::vector<Number> parsed(std::string_view type, std::string_view shape, std::string_view data)
{
  auto parse = parsing();
  auto const done = parse(with_data(type, shape, data));
  REQUIRE_MESSAGE(done, (done ? "" : done.error().sentence));
  CHECK(parse.allocations == 1);
  CHECK(parse.request.table.tensors[0].offset % tensor_alignment == 0);
  return parse.elements<Number>(0);
}

} // namespace

TEST_CASE("infer request: every datatype at its borders")
{
  using std::numeric_limits;
  CHECK(parsed<std::uint8_t>("BOOL", "[4]", "[true,false,1,0]") == std::vector<std::uint8_t>{1, 0, 1, 0});
  CHECK(parsed<std::uint8_t>("UINT8", "[2]", "[0,255]") == std::vector<std::uint8_t>{0, 255});
  CHECK(parsed<std::uint16_t>("UINT16", "[2]", "[0,65535]") == std::vector<std::uint16_t>{0, 65535});
  CHECK(parsed<std::uint32_t>("UINT32", "[2]", "[0,4294967295]") == std::vector<std::uint32_t>{0, 4294967295u});
  CHECK(parsed<std::uint64_t>("UINT64", "[3]", "[0,9007199254740993,18446744073709551615]") ==
        std::vector<std::uint64_t>{0, 9007199254740993u, numeric_limits<std::uint64_t>::max()});
  CHECK(parsed<std::int8_t>("INT8", "[2]", "[-128,127]") == std::vector<std::int8_t>{-128, 127});
  CHECK(parsed<std::int16_t>("INT16", "[2]", "[-32768,32767]") == std::vector<std::int16_t>{-32768, 32767});
  CHECK(parsed<std::int32_t>("INT32", "[2]", "[-2147483648,2147483647]") ==
        std::vector<std::int32_t>{numeric_limits<std::int32_t>::min(), numeric_limits<std::int32_t>::max()});
  CHECK(parsed<std::int64_t>("INT64", "[2]", "[-9223372036854775808,9223372036854775807]") ==
        std::vector<std::int64_t>{numeric_limits<std::int64_t>::min(), numeric_limits<std::int64_t>::max()});
  CHECK(parsed<float>("FP32", "[4]", "[0.1,-1e38,3.4028235e38,7]") ==
        std::vector<float>{0.1f, -1e38f, numeric_limits<float>::max(), 7.0f});
  CHECK(parsed<double>("FP64", "[3]", "[0.1,1.7976931348623157e308,5e-324]") ==
        std::vector<double>{0.1, numeric_limits<double>::max(), 5e-324});
  CHECK(std::signbit(parsed<float>("FP32", "[1]", "[-0.0]")[0]));
}

TEST_CASE("infer request: FP16 and BF16 round to nearest, ties to even")
{
  // FP16 has 11 significant bits: 2049 lies between 2048 and 2050, 2051 between 2050 and 2052.
  CHECK(parsed<std::uint16_t>("FP16", "[6]", "[1,2049,2051,65504,65519.9,-0.0]") ==
        std::vector<std::uint16_t>{0x3c00, 0x6800, 0x6802, 0x7bff, 0x7bff, 0x8000});
  CHECK(parsed<std::uint16_t>("FP16", "[4]", "[5.960464477539063e-8,2.9802322387695312e-8,2.99e-8,6.1035e-5]") ==
        std::vector<std::uint16_t>{0x0001, 0x0000, 0x0001, 0x0400});
  CHECK(parsed<std::uint16_t>("BF16", "[4]", "[1,257,259,-1e38]") ==
        std::vector<std::uint16_t>{0x3f80, 0x4380, 0x4382, 0xfe96});
}

TEST_CASE("half: each finite pattern survives the way to float and back")
{
  auto const survives = [](auto format, unsigned pattern) {
    auto const bits = static_cast<std::uint16_t>(pattern);
    auto const value = format.widen(bits);
    auto const back = format.narrow(value);
    if ((bits & 0x7fff) >= format.infinity) return !std::isfinite(value) && !back;
    return back == bits;
  };
  auto wrong = 0;
  for (auto pattern = 0u; pattern < 0x10000; ++pattern)
    wrong += !survives(fp16_format(), pattern) + !survives(bf16_format(), pattern);
  CHECK(wrong == 0);
}

TEST_CASE("infer request: flat and nested data, empty and scalar shapes")
{
  using ints = std::vector<std::int32_t>;
  CHECK(parsed<std::int32_t>("INT32", "[2,3]", "[1,2,3,4,5,6]") == ints{1, 2, 3, 4, 5, 6});
  CHECK(parsed<std::int32_t>("INT32", "[2,3]", "[[1,2,3],[4,5,6]]") == ints{1, 2, 3, 4, 5, 6});
  CHECK(parsed<std::int32_t>("INT32", "[2,1,2]", " [ [ [ 1 , 2 ] ] , [ [ 3 , 4 ] ] ] ") == ints{1, 2, 3, 4});
  CHECK(parsed<std::int32_t>("INT32", "[]", "[7]") == ints{7});
  CHECK(parsed<std::int32_t>("INT32", "[0]", "[]").empty());
  CHECK(parsed<std::int32_t>("INT32", "[0,4]", "[]").empty());
  CHECK(parsed<std::int32_t>("INT32", "[2,0]", "[[],[]]").empty());
  CHECK(parsed<std::int32_t>("INT32", "[1,1,1,1,1,1,1,1]", "[[[[[[[[5]]]]]]]]") == ints{5});
}

TEST_CASE("infer request: members come in any order")
{
  auto parse = parsing();
  REQUIRE(parse(R"({"outputs":[{"parameters":{"binary_data":true},"name":"y"},{"name":"z"}],
    "inputs":[{"data":[[1,2],[3,4]],"parameters":{},"shape":[2,2],"datatype":"FP32","name":"x"}],
    "parameters":{"binary_data_output":true,"timeout":2500},"id":"a\"\u00e9"})"));
  CHECK(parse.request.id == "a\"\u00e9");
  CHECK(parse.elements<float>(0) == std::vector<float>{1, 2, 3, 4});
  REQUIRE(parse.request.outputs.size() == 2);
  CHECK(parse.request.outputs[0].name == "y");
  CHECK(parse.request.outputs[0].binary);
  CHECK(parse.request.outputs[1].binary); // by binary_data_output, though that came later
  CHECK(parse.request.timeout == std::chrono::microseconds(2500));
  // Its state is gone with the next request.
  REQUIRE(parse(with_data("FP32", "[1]", "[1]")));
  CHECK(parse.request.id.empty());
  CHECK(parse.request.outputs.empty());
  CHECK_FALSE(parse.request.timeout);
  CHECK_FALSE(parse.request.binary_by_default);
}

TEST_CASE("infer request: an output's own binary_data beats binary_data_output")
{
  auto parse = parsing();
  REQUIRE(
      parse(R"({"parameters":{"binary_data_output":true},"outputs":[{"name":"y","parameters":{"binary_data":false}}],
    "inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]})"));
  CHECK_FALSE(parse.request.outputs[0].binary);
  CHECK(parse.request.binary_by_default);
}

TEST_CASE("infer request: binary tensors stay where they lie, a stray one is copied to an aligned place")
{
  auto parse = parsing();
  auto const json = R"({"inputs":[
    {"name":"a","datatype":"UINT8","shape":[3],"parameters":{"binary_data_size":3}},
    {"name":"b","datatype":"INT8","shape":[2],"data":[-1,-2]},
    {"name":"c","datatype":"UINT8","shape":[4],"parameters":{"binary_data_size":4}}]})";
  REQUIRE(parse(json, "abcdefg"));
  auto const& tensors = parse.request.table.tensors;
  CHECK(tensors[0].offset == 4096);
  CHECK(tensors[1].offset % tensor_alignment == 0);
  CHECK(tensors[2].offset % tensor_alignment == 0);
  CHECK(tensors[2].offset != tensors[1].offset);
  CHECK(parse.elements<char>(0) == std::vector<char>{'a', 'b', 'c'});
  CHECK(parse.elements<std::int8_t>(1) == std::vector<std::int8_t>{-1, -2});
  CHECK(parse.elements<char>(2) == std::vector<char>{'d', 'e', 'f', 'g'});
  CHECK(parse.allocations == 1);
}

TEST_CASE("infer request: an empty binary tensor and a body placed off the line")
{
  auto parse = parsing();
  REQUIRE(parse(R"({"inputs":[{"name":"a","datatype":"FP32","shape":[0],"parameters":{"binary_data_size":0}},
    {"name":"b","datatype":"UINT8","shape":[2],"parameters":{"binary_data_size":2}}]})",
                "hi", 5000));
  CHECK(parse.request.table.tensors[0].length == 0);
  CHECK(parse.request.table.tensors[1].offset % tensor_alignment == 0);
  CHECK(parse.elements<char>(1) == std::vector<char>{'h', 'i'});
}

TEST_CASE("infer request: the table in the arena is what the request says")
{
  auto parse = parsing();
  parse.arguments = {{"x", "tensor", false}, {"sr", "int", false},     {"gain", "float", true},
                     {"loud", "bool", true}, {"mode", "string", true}, {"odd", "unsupported: Device", true}};
  REQUIRE(parse(
      R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}],
      "parameters":{"sr":16000,"gain":2,"loud":true,"mode":"f\u0061st"}})"));
  auto const& request = parse.request;
  auto const blob = parse.arena_bytes().subspan(request.table_offset, request.table_length);
  auto table = tensor_table();
  REQUIRE(read_table(blob, parsing::arena_size, table));
  REQUIRE(table.tensors.size() == 1);
  CHECK(table.tensors[0].name == "x");
  CHECK(table.tensors[0].offset == request.table.tensors[0].offset);
  REQUIRE(table.arguments.size() == 4);
  CHECK(table.arguments[0].name == "sr");
  CHECK(table.arguments[0].integer == 16000);
  CHECK(table.arguments[1].kind == argument_kind::real);
  CHECK(table.arguments[1].real == 2.0);
  CHECK(table.arguments[2].kind == argument_kind::boolean);
  CHECK(table.arguments[2].integer == 1);
  CHECK(table.arguments[3].string == "fast");
  CHECK(request.table.arguments[3].string == "fast"); // and still so after the parser's buffers are gone
}

TEST_CASE("infer request: with an unknown signature any scalar parameter is an argument of its own kind")
{
  auto parse = parsing();
  REQUIRE(parse(R"({"inputs":[],"parameters":{"a":1,"b":1.0,"c":false,"d":"x","e":-9223372036854775808}})"));
  auto const& arguments = parse.request.table.arguments;
  REQUIRE(arguments.size() == 5);
  CHECK(arguments[0].kind == argument_kind::integer);
  CHECK(arguments[1].kind == argument_kind::real);
  CHECK(arguments[2].kind == argument_kind::boolean);
  CHECK(arguments[3].kind == argument_kind::string);
  CHECK(arguments[4].integer == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("infer request: the protocol's parameters")
{
  auto parse = parsing();
  REQUIRE(parse(R"({"inputs":[],"parameters":{"sequence_id":18446744073709551615,"sequence_start":true,
    "sequence_end":false,"priority":3,"timeout":0,"headers":{"a":["b",{"c":null}]},
    "triton_enable_empty_final_response":false}})"));
  CHECK(parse.request.sequence.id == "18446744073709551615");
  CHECK(parse.request.sequence.start);
  CHECK_FALSE(parse.request.sequence.end);
  CHECK_FALSE(parse.request.timeout); // 0: the server's default
  CHECK(parse.request.table.arguments.empty());
  REQUIRE(parse(R"({"inputs":[],"parameters":{"sequence_id":"talk-7","timeout":18446744073709551615}})"));
  CHECK(parse.request.sequence.id == "talk-7");
  CHECK(parse.request.timeout == std::chrono::microseconds(1'000'000'000'000'000));
  REQUIRE(parse(R"({"inputs":[],"parameters":{"sequence_id":0}})"));
  CHECK(parse.request.sequence.id.empty());
}

TEST_CASE("infer request: bodies as tritonclient sends them")
{
  auto parse = parsing();
  parse.known = {{"x", datatype::fp32, std::vector<std::int64_t>{-1, 4}}};
  REQUIRE(parse(
      R"({"id": "7", "inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "parameters": {"binary_data_size": 16}}], )"
      R"("outputs": [{"name": "y", "parameters": {"binary_data": true}}], "parameters": {"priority": 1, "timeout": 5000}})",
      std::string_view("\0\0\x80\x3f\0\0\0\0\0\0\0\0\0\0\0\0", 16)));
  CHECK(parse.elements<float>(0) == std::vector<float>{1, 0, 0, 0});
  REQUIRE(parse(
      R"({"inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1.0, 2.0, 3.0, 4.0]}], )"
      R"("parameters": {"sequence_id": 5, "sequence_start": true, "sequence_end": false, "binary_data_output": true}})"));
  CHECK(parse.request.sequence.id == "5");
}

TEST_CASE("infer request: an input whose argument has a default may be left out")
{
  auto parse = parsing();
  parse.known = {{"x", datatype::unknown, std::nullopt}, {"mask", datatype::unknown, std::nullopt}};
  parse.arguments = {{"x", "tensor", false}, {"n", "int", true}, {"mask", "tensor", true}};
  CHECK(parse(with_data("FP32", "[1]", "[1]")));
  parse.arguments[2].has_default = false;
  CHECK_FALSE(parse(with_data("FP32", "[1]", "[1]")));
}

TEST_CASE("infer request: what the arena says is answered as it is, once")
{
  auto parse = parsing();
  parse.full = true;
  auto const done = parse(with_data("FP32", "[1]", "[1]"));
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == fault::unavailable);
  CHECK(done.error().sentence == "the hold is full");
  CHECK(parse.request.table.tensors.empty());
}

TEST_CASE("infer request: a large body, then small ones")
{
  auto parse = parsing();
  auto data = std::string("[0");
  for (auto i = 1; i < 100'000; ++i)
    data += "," + std::to_string(i);
  REQUIRE(parse(with_data("INT32", "[100000]", data + "]")));
  auto const numbers = parse.elements<std::int32_t>(0);
  CHECK(numbers[99'999] == 99'999);
  REQUIRE(parse(with_data("INT32", "[1]", "[5]")));
  CHECK(parse.elements<std::int32_t>(0) == std::vector<std::int32_t>{5});
}

TEST_CASE("infer request: as many tensors as a table can hold")
{
  auto parse = parsing();
  auto json = std::string(R"({"inputs":[)");
  for (auto i = std::size_t{0}; i < max_table_tensors; ++i)
    json += (i ? "," : "") + (R"({"name":")" + std::to_string(i)) + R"(","datatype":"UINT8","shape":[1],"data":[7]})";
  REQUIRE(parse(json + "]}"));
  CHECK(parse.elements<std::uint8_t>(255) == std::vector<std::uint8_t>{7});
}

TEST_CASE("header length: digits up to the body's length")
{
  CHECK(parse_header_length("0", 0).value() == 0);
  CHECK(parse_header_length("17", 17).value() == 17);
  CHECK(parse_header_length("007", 17).value() == 7);
  struct
  {
    std::string_view value, sentence;
  } const wrong[] = {
      {"", "Inference-Header-Content-Length must be an integer from 0 to the body's 10 bytes, found ''"},
      {"-1", "Inference-Header-Content-Length must be an integer from 0 to the body's 10 bytes, found '-1'"},
      {"+1", "Inference-Header-Content-Length must be an integer from 0 to the body's 10 bytes, found '+1'"},
      {"1 ", "Inference-Header-Content-Length must be an integer from 0 to the body's 10 bytes, found '1 '"},
      {"0x1", "Inference-Header-Content-Length must be an integer from 0 to the body's 10 bytes, found '0x1'"},
      {"1e1", "Inference-Header-Content-Length must be an integer from 0 to the body's 10 bytes, found '1e1'"},
      {"11", "Inference-Header-Content-Length is 11, the body has 10 bytes"},
      {"18446744073709551616", "Inference-Header-Content-Length is 18446744073709551616, the body has 10 bytes"},
  };
  for (auto const& [value, sentence] : wrong) {
    CAPTURE(value);
    auto const length = parse_header_length(value, 10);
    REQUIRE_FALSE(length);
    CHECK(length.error().kind == fault::bad_request);
    CHECK(length.error().sentence == sentence);
  }
}

} // namespace pilotlight::oip
