#include "proxy/oip/infer_reply.hpp"
#include "proxy/oip/json_text.hpp"
#include "proxy/oip/number_text.hpp"
#include "tests/unit/show_result.hpp"

#include <array>
#include <boost/json.hpp>
#include <cstring>
#include <doctest/doctest.h>
#include <limits>

namespace pilotlight::oip {
namespace {

template <class Number>
std::string numbers(datatype type, std::vector<Number> const& values)
{
  auto json = std::string();
  auto const refused = append_numbers(json, type, std::as_bytes(std::span(values)));
  return refused ? "refused at " + std::to_string(*refused) : json;
}

/// An arena with y = FP32 [1,2] {1, -2.5} at 64 and z = INT64 [3] {1, 2, 3} at 128.
struct replying
{
  replying()
  {
    auto const y = std::array{1.0f, -2.5f};
    auto const z = std::array<std::int64_t, 3>{1, 2, 3};
    std::memcpy(arena.data() + 64, y.data(), sizeof y);
    std::memcpy(arena.data() + 128, z.data(), sizeof z);
    outputs.tensors.push_back({"y", datatype::fp32, {1, 2}, 64, sizeof y});
    outputs.tensors.push_back({"z", datatype::int64, {3}, 128, sizeof z});
  }
  result<void> render() { return render_infer_reply("mlp", "1", request, outputs, arena, reply); }

  std::array<std::byte, 256> arena = {};
  tensor_table outputs;
  infer_request request;
  rendered_reply reply;
};

} // namespace

TEST_CASE("number text: shortest decimals that a reader keeps as their kind")
{
  CHECK(numbers<float>(datatype::fp32, {1, -2.5f, 0.1f, 1e-7f, -0.0f, 16777216}) ==
        "[1.0,-2.5,0.1,1e-07,-0.0,16777216.0]");
  CHECK(numbers<float>(datatype::fp32, {3.4028235e38f, 1.1754944e-38f, 1e-45f}) ==
        "[3.4028235e+38,1.1754944e-38,1e-45]");
  CHECK(numbers<double>(datatype::fp64, {0.1, 1.7976931348623157e308, 5e-324, 100}) ==
        "[0.1,1.7976931348623157e+308,5e-324,100.0]");
  CHECK(numbers<std::uint8_t>(datatype::boolean, {0, 1, 255}) == "[false,true,true]");
  CHECK(numbers<std::uint8_t>(datatype::uint8, {0, 255}) == "[0,255]");
  CHECK(numbers<std::int8_t>(datatype::int8, {-128, 127}) == "[-128,127]");
  CHECK(numbers<std::uint16_t>(datatype::uint16, {65535}) == "[65535]");
  CHECK(numbers<std::int16_t>(datatype::int16, {-32768}) == "[-32768]");
  CHECK(numbers<std::uint32_t>(datatype::uint32, {4294967295u}) == "[4294967295]");
  CHECK(numbers<std::int32_t>(datatype::int32, {-2147483647}) == "[-2147483647]");
  CHECK(numbers<std::uint64_t>(datatype::uint64, {std::numeric_limits<std::uint64_t>::max()}) ==
        "[18446744073709551615]");
  CHECK(numbers<std::int64_t>(datatype::int64, {std::numeric_limits<std::int64_t>::min()}) == "[-9223372036854775808]");
  CHECK(numbers<std::uint16_t>(datatype::fp16, {0x3c00, 0x2e66, 0xfbff}) == "[1.0,0.099975586,-65504.0]");
  CHECK(numbers<std::uint16_t>(datatype::bf16, {0x3f80, 0xff7f}) == "[1.0,-3.3895314e+38]");
  CHECK(numbers<float>(datatype::fp32, {}) == "[]");
  CHECK(numbers<double>(datatype::fp64, {1, std::numeric_limits<double>::quiet_NaN()}) == "refused at 1");
  CHECK(numbers<std::uint16_t>(datatype::fp16, {0x7c00}) == "refused at 0");
}

TEST_CASE("number text: what fills many buffers reads back bit for bit")
{
  auto values = std::vector<float>();
  for (auto bits = std::uint32_t{1}; bits < 0x7f800000; bits += 0x1f35f) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    values.push_back(bits % 2 ? value : -value);
  }
  auto const parsed = boost::json::parse(numbers(datatype::fp32, values)).as_array();
  REQUIRE(parsed.size() == values.size());
  auto wrong = 0;
  for (auto i = std::size_t{0}; i < values.size(); ++i)
    wrong += static_cast<float>(parsed[i].as_double()) != values[i];
  CHECK(wrong == 0);
}

TEST_CASE("JSON text: quotes, control characters and bytes that are no UTF-8")
{
  struct
  {
    std::string_view text, json;
  } const cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"a\"b\\c/d", R"("a\"b\\c/d")"},
      {"\n\r\t\x01\x1f\x7f", "\"\\n\\r\\t\\u0001\\u001f\\u007f\""},
      {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\xa5", "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\xa5\""},
      {"\xff", "\"\xef\xbf\xbd\""},
      {"a\xc3", "\"a\xef\xbf\xbd\""},
      {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {std::string_view("\0", 1), R"("\u0000")"},
  };
  for (auto const& [text, expected] : cases) {
    CAPTURE(expected);
    auto json = std::string();
    append_quoted(json, text);
    CHECK(json == expected);
    CHECK_NOTHROW(boost::json::parse(json));
  }
  CHECK(render_error("no \"x\"") == R"({"error":"no \"x\""})");
}

TEST_CASE("infer reply: all outputs as JSON when none is named")
{
  auto it = replying();
  REQUIRE(it.render());
  CHECK(it.reply.json == R"({"model_name":"mlp","model_version":"1","outputs":[)"
                         R"({"name":"y","datatype":"FP32","shape":[1,2],"data":[1.0,-2.5]},)"
                         R"({"name":"z","datatype":"INT64","shape":[3],"data":[1,2,3]}]})");
  CHECK_FALSE(it.reply.has_binary);
  CHECK(it.reply.binary.empty());
}

TEST_CASE("infer reply: named outputs in the order asked for, mixed, with the id")
{
  auto it = replying();
  it.request.id = "a\"b";
  it.request.outputs = {{"z", true}, {"y", false}};
  REQUIRE(it.render());
  CHECK(it.reply.json == R"({"model_name":"mlp","model_version":"1","id":"a\"b","outputs":[)"
                         R"({"name":"z","datatype":"INT64","shape":[3],"parameters":{"binary_data_size":24}},)"
                         R"({"name":"y","datatype":"FP32","shape":[1,2],"data":[1.0,-2.5]}]})");
  CHECK(it.reply.has_binary);
  REQUIRE(it.reply.binary.size() == 1);
  CHECK(it.reply.binary[0].data() == it.arena.data() + 128); // where it lies, not a copy
  CHECK(it.reply.binary[0].size() == 24);
}

TEST_CASE("infer reply: binary_data_output holds for all, and a reply is made anew each time")
{
  auto it = replying();
  it.request.binary_by_default = true;
  REQUIRE(it.render());
  CHECK(it.reply.binary.size() == 2);
  it.request.clear();
  REQUIRE(it.render());
  CHECK(it.reply.binary.empty());
  CHECK_FALSE(it.reply.has_binary);
}

TEST_CASE("infer reply: what cannot be rendered")
{
  auto it = replying();
  it.request.outputs = {{"w", false}};
  auto unknown = it.render();
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == fault::bad_request);
  CHECK(unknown.error().sentence == "unknown output 'w': the model gives 'y', 'z'");

  it.request.clear();
  auto const infinity = std::numeric_limits<float>::infinity();
  std::memcpy(it.arena.data() + 68, &infinity, sizeof infinity);
  auto infinite = it.render();
  REQUIRE_FALSE(infinite);
  CHECK(infinite.error().kind == fault::internal);
  CHECK(infinite.error().sentence == "output 'y' has NaN or infinity at element 1, which JSON cannot say: ask for it "
                                     "with binary_data = true");
  it.request.outputs = {{"y", true}};
  CHECK(it.render());

  it.outputs.tensors[0].offset = 250;
  auto outside = it.render();
  REQUIRE_FALSE(outside);
  CHECK(outside.error().sentence == "output 'y' lies outside the reply arena");
}

} // namespace pilotlight::oip
