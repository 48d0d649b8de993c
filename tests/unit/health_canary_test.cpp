#include "proxy/health/canary.hpp"
#include "proxy/health/canary_block.hpp"
#include "proxy/health/canary_toml.hpp"
#include "tests/unit/show_result.hpp"

#include <cstring>
#include <doctest/doctest.h>

using namespace pilotlight;
using namespace pilotlight::health;

namespace {

template <class number>
std::vector<number> numbers_of(tensor_value const& tensor)
{
  auto numbers = std::vector<number>(tensor.bytes.size() / sizeof(number));
  std::memcpy(numbers.data(), tensor.bytes.data(), tensor.bytes.size());
  return numbers;
}

struct read_canary
{
  std::optional<canary_spec> spec;
  std::string problems;
};

read_canary read(std::string_view text, std::vector<tensor_spec> const& inputs = {},
                 std::vector<tensor_spec> const& outputs = {})
{
  auto const entries = config::parse_document(text, "m.toml");
  REQUIRE(entries);
  auto reading = canary_reading();
  for (auto const& one : *entries)
    CHECK(reading.take(one) == one.name.starts_with("canary"));
  auto problems = std::vector<std::string>();
  auto read_one = read_canary{reading.finish(inputs, outputs, problems), {}};
  for (auto const& each : problems)
    read_one.problems += (read_one.problems.empty() ? "" : "\n") + each;
  return read_one;
}

std::string problem(std::string_view text, std::vector<tensor_spec> const& inputs = {},
                    std::vector<tensor_spec> const& outputs = {})
{
  auto const read_one = read(text, inputs, outputs);
  CHECK(read_one.spec.has_value() == read_one.problems.empty());
  return read_one.problems;
}

/// An input table with these lines.
std::string input(std::string const& lines)
{
  return "[[canary.inputs]]\nname = \"x\"\n" + lines;
}

canary_input wanted(datatype type, std::optional<std::pair<double, double>> range = {})
{
  return {"x", type, {10, 100}, {}, range};
}

} // namespace

TEST_CASE("canary: the same seed gives the same values, another seed or place others")
{
  auto const one = generate(wanted(datatype::fp32), 1, 0);
  CHECK(one == generate(wanted(datatype::fp32), 1, 0));
  CHECK(one != generate(wanted(datatype::fp32), 2, 0));
  CHECK(one != generate(wanted(datatype::fp32), 1, 1));
  // Fixed for ever: golden answers on disks belong to these bytes.
  auto const first = numbers_of<float>(one);
  CHECK(first[0] == doctest::Approx(0.387024f).epsilon(1e-5));
  CHECK(first.size() == 1'000);
}

TEST_CASE("canary: generated values keep to their range and fill it")
{
  for (auto const value : numbers_of<float>(generate(wanted(datatype::fp32), 1, 0))) {
    CHECK(value >= -1);
    CHECK(value <= 1);
  }
  auto seen = std::vector<int>(5);
  for (auto const value : numbers_of<std::int64_t>(generate(wanted(datatype::int64, {{-2, 2}}), 1, 0)))
    ++seen.at(static_cast<std::size_t>(value + 2));
  for (auto const count : seen)
    CHECK(count > 100);
  for (auto const type : {datatype::boolean, datatype::uint8, datatype::int8})
    for (auto const value : generate(wanted(type), 1, 0).bytes)
      CHECK(std::to_integer<int>(value) <= 1);
  for (std::size_t i = 1; i < datatype_names.size(); ++i) {
    auto const type = static_cast<datatype>(i);
    CHECK(generate(wanted(type), 1, 0).bytes.size() == 1'000 * size_of(type));
  }
}

TEST_CASE("canary: values that a datatype cannot hold are refused")
{
  auto bytes = std::vector<std::byte>();
  CHECK_FALSE(append_value(bytes, datatype::uint8, std::int64_t{256}));
  CHECK_FALSE(append_value(bytes, datatype::uint8, std::int64_t{-1}));
  CHECK_FALSE(append_value(bytes, datatype::int8, std::int64_t{128}));
  CHECK_FALSE(append_value(bytes, datatype::int32, 0.5));
  CHECK_FALSE(append_value(bytes, datatype::int64, 0x1p63));
  CHECK_FALSE(append_value(bytes, datatype::boolean, std::int64_t{2}));
  CHECK_FALSE(append_value(bytes, datatype::fp16, 65'520.0));
  CHECK_FALSE(append_value(bytes, datatype::fp32, 1e39));
  CHECK_FALSE(append_value(bytes, datatype::unknown, 0.0));
  CHECK(bytes.empty());
  CHECK(append_value(bytes, datatype::int64, -0x1p63));
}

TEST_CASE("canary: configured before warm-up before seen before none; never of guessed shapes")
{
  auto const names = std::vector<std::string>{"x", "mask"};
  auto const warmups = std::vector<std::vector<warmup_tensor>>{{{"w", "INT64", {1, 8}}}};
  auto const seen = std::vector<seen_input>{{"s", datatype::fp32, {2, 4}}};
  auto spec = canary_spec();
  spec.inputs = {{"", datatype::fp32, {1, 4}, {}, {}}, {"", datatype::int64, {1, 4}, {}, {}}};

  auto made = choose_canary(&spec, warmups, seen, names);
  CHECK(made.source == canary_source::configured);
  REQUIRE(made.inputs.size() == 2);
  CHECK(made.inputs[1].name == "mask");

  made = choose_canary(nullptr, warmups, seen, names);
  CHECK(made.source == canary_source::warmup);
  CHECK(made.inputs.at(0).name == "w");
  CHECK(made.inputs.at(0).shape == dimensions{1, 8});

  made = choose_canary(nullptr, {}, seen, names);
  CHECK(made.source == canary_source::seen);
  CHECK(made.inputs.at(0).bytes.size() == 32);

  made = choose_canary(nullptr, {}, {}, names);
  CHECK(made.source == canary_source::none);
  CHECK(made.why == "neither [[canary.inputs]] nor [[warmup]] nor an answered request says what to ask");

  spec.enabled = false;
  CHECK(choose_canary(&spec, warmups, seen, names).why == "canary.enabled is false");
  spec.enabled = true;
  CHECK(choose_canary(&spec, {}, {}, {}).why == "the input of place 0 has no name");
  auto const large = std::vector<seen_input>{{"s", datatype::fp32, {1 << 20, 20}}};
  CHECK(choose_canary(nullptr, {}, large, {}).why == "its inputs are larger than 64 MiB");
  auto const unknown = std::vector<seen_input>{{"s", datatype::unknown, {1}}};
  CHECK(choose_canary(nullptr, {}, unknown, {}).source == canary_source::none);
  auto const varies = std::vector<seen_input>{{"s", datatype::fp32, {-1, 4}}};
  CHECK(choose_canary(nullptr, {}, varies, {}).source == canary_source::none);
}

TEST_CASE("canary: its identity changes with every part of it")
{
  auto base = canary();
  base.inputs = {{"x", datatype::fp32, {1}, std::vector<std::byte>(4)}};
  base.arguments = {{"sr", std::int64_t{16'000}}};
  auto const same = base;
  CHECK(identity(base) == identity(same));
  auto other = base;
  other.inputs[0].name = "y";
  CHECK(identity(base) != identity(other));
  other = base;
  other.inputs[0].type = datatype::int32;
  CHECK(identity(base) != identity(other));
  other = base;
  other.inputs[0].shape = {1, 1};
  CHECK(identity(base) != identity(other));
  other = base;
  other.inputs[0].bytes[2] = std::byte{1};
  CHECK(identity(base) != identity(other));
  other = base;
  other.arguments[0].value = 16'000.0;
  CHECK(identity(base) != identity(other));
  other = base;
  other.within.relative = 0.5; // what is asked stays the same
  CHECK(identity(base) == identity(other));
}

TEST_CASE("model.toml: a canary is read")
{
  auto const read_one = read(R"(
[canary]
seed = 7
relative_tolerance = 0.01
absolute_tolerance = 0
[[canary.inputs]]
name = "x"
datatype = "FP32"
shape = [2, 2]
data = [1, 0.5, nan, -inf]
[[canary.inputs]]
datatype = "INT64"
shape = [1, 8]
range = [0, 29999]
[[canary.outputs]]
name = "y"
datatype = "BOOL"
shape = [2]
data = [true, false]
[canary.arguments]
sr = 16000
rate = 0.5
flag = true
mode = "fast"
)");
  CHECK(read_one.problems.empty());
  REQUIRE(read_one.spec);
  auto const& spec = *read_one.spec;
  CHECK(spec.enabled);
  CHECK(spec.seed == 7);
  CHECK(spec.within == tolerance{0.01, 0.0});
  REQUIRE(spec.inputs.size() == 2);
  auto const data = numbers_of<float>({"", datatype::fp32, {}, spec.inputs[0].data});
  REQUIRE(data.size() == 4);
  CHECK(data[1] == 0.5f);
  CHECK(data[2] != data[2]);
  CHECK(spec.inputs[1].name.empty());
  CHECK(spec.inputs[1].range == std::pair(0.0, 29'999.0));
  REQUIRE(spec.outputs.size() == 1);
  CHECK(spec.outputs[0].bytes == std::vector{std::byte{1}, std::byte{0}});
  REQUIRE(spec.arguments.size() == 4);
  CHECK(spec.arguments[0].value == decltype(canary_argument::value)(std::int64_t{16'000}));
  CHECK_FALSE(read("[[inputs]]\nname = \"x\"\n").spec);
  CHECK_FALSE(read("[canary]\nenabled = false\n").spec->enabled);
}

TEST_CASE("model.toml: what is wrong with a canary is one sentence with its line and what is allowed")
{
  struct row
  {
    std::string text, sentence;
  };
  auto const fp32 = std::string("datatype = \"FP32\"\nshape = [2]\n");
  auto const rows = std::vector<row>{
      {"canary = 1\n", "m.toml:1: 'canary' is 1; allowed is one section, [canary]"},
      {"[canary]\nenabled = 1\n", "m.toml:2: 'canary.enabled' is 1; allowed is true or false"},
      {"[canary]\nseed = -1\n", "m.toml:2: 'canary.seed' is -1; allowed is an integer of at least 0"},
      {"[canary]\nrelative_tolerance = 2\n",
       "m.toml:2: 'canary.relative_tolerance' is 2; allowed is a number from 0 to 1"},
      {"[canary]\nabsolute_tolerance = inf\n",
       "m.toml:2: 'canary.absolute_tolerance' is inf; allowed is a number of at least 0"},
      {"[canary]\nabsolute_tolerance = nan\n",
       "m.toml:2: 'canary.absolute_tolerance' is nan; allowed is a number of at least 0"},
      {"[canary]\nspeed = 1\n",
       "m.toml:2: unknown key 'canary.speed'; allowed are enabled, seed, relative_tolerance, absolute_tolerance, "
       "[[canary.inputs]], [[canary.outputs]] and [canary.arguments]"},
      {"[canary.inputs]\nname = \"x\"\n",
       "m.toml:1: 'canary.inputs' is a table; allowed is a list of tables, [[canary.inputs]]"},
      {input("shape = [2]\n"), "m.toml:1: [[canary.inputs]] \"x\" needs a datatype and a shape"},
      {input("datatype = \"FP31\"\nshape = [2]\n"),
       "m.toml:3: 'canary.inputs.datatype' is \"FP31\"; allowed is " + std::string(allowed_datatypes) +
           "\nm.toml:1: [[canary.inputs]] \"x\" needs a datatype and a shape"},
      {input("datatype = \"FP32\"\nshape = [-1]\n"),
       "m.toml:4: 'canary.inputs.shape' is a list of 1; allowed is a list of at most 8 integers of at least 1"
       "\nm.toml:1: [[canary.inputs]] \"x\" needs a datatype and a shape"},
      {input("datatype = \"FP64\"\nshape = [100000, 100000]\n"),
       "m.toml:1: [[canary.inputs]] \"x\" has more than 64 MiB"},
      {input(fp32 + "data = [1]\n"),
       "m.toml:5: 'canary.inputs.data' is a list of 1; allowed is 2 values, as its shape asks for"},
      {input(fp32 + "data = [[1], [2]]\n"), "m.toml:5: 'canary.inputs.data' is a list of lists or mixed things; "
                                            "allowed is a flat list of values, row by row"},
      {input(fp32 + "data = [1, \"2\"]\n"),
       "m.toml:5: 'canary.inputs.data' has \"2\" at place 1; allowed is a value of FP32"},
      {input("datatype = \"INT8\"\nshape = [2]\ndata = [1, 200]\n"),
       "m.toml:5: 'canary.inputs.data' has 200 at place 1; allowed is a value of INT8"},
      {input("datatype = \"INT8\"\nshape = [2]\nrange = [0, 200]\n"),
       "m.toml:5: 'canary.inputs.range' is a list of 2; allowed is [low, high], two values of INT8"},
      {input(fp32 + "range = [1, 0]\n"),
       "m.toml:5: 'canary.inputs.range' is a list of 2; allowed is [low, high], two values of FP32"},
      {input(fp32 + "data = [1, 2]\nrange = [0, 1]\n"),
       "m.toml:6: 'canary.inputs.range' is a list of 2; allowed is nothing beside data"},
      {input(fp32) + input(fp32), "m.toml:5: [[canary.inputs]] has the name \"x\" twice"},
      {input(fp32 + "values = 1\n"),
       "m.toml:5: unknown key 'canary.inputs.values'; allowed are name, datatype, shape, data and range"},
      {input(fp32) + "[[canary.outputs]]\nname = \"y\"\n" + fp32, "m.toml:5: [[canary.outputs]] \"y\" has no data"},
      {input(fp32) + "[[canary.outputs]]\n" + fp32 + "data = [1, 2]\n", "m.toml:5: [[canary.outputs]] has no name"},
      {input(fp32) + "[[canary.outputs]]\nname = \"y\"\nrange = [1, 2]\n" + fp32 + "data = [1, 2]\n",
       "m.toml:7: unknown key 'canary.outputs.range'; allowed are name, datatype, shape and data"},
      {"[[canary.outputs]]\nname = \"y\"\n" + fp32 + "data = [1, 2]\n",
       "m.toml:1: [[canary.outputs]] without [[canary.inputs]]"},
      {"[canary.arguments]\nsr = [1]\n",
       "m.toml:2: 'canary.arguments.sr' is a list of 1; allowed is an integer, a float, true, false or a string"},
      {"[[canary.arguments]]\nsr = 1\n",
       "m.toml:1: 'canary.arguments' is a table; allowed is one section, [canary.arguments], of name = constant"},
  };
  for (auto const& [text, sentence] : rows)
    CHECK(problem(text) == sentence);
}

TEST_CASE("model.toml: a canary agrees with the tensors that the model declares")
{
  auto const inputs = std::vector<tensor_spec>{{"x", datatype::fp32, std::vector<std::int64_t>{-1, 4}},
                                               {"mask", datatype::unknown, std::nullopt}};
  CHECK(problem(input("datatype = \"FP32\"\nshape = [3, 4]\n"), inputs).empty());
  CHECK(problem("[[canary.inputs]]\nname = \"mask\"\ndatatype = \"BOOL\"\nshape = [9]\n", inputs).empty());
  CHECK(problem(input("datatype = \"FP32\"\nshape = [3, 5]\n"), inputs) ==
        "m.toml:1: [[canary.inputs]] \"x\" is FP32 [3, 5], but [[inputs]] says FP32 [-1, 4]");
  CHECK(problem(input("datatype = \"FP16\"\nshape = [3, 4]\n"), inputs) ==
        "m.toml:1: [[canary.inputs]] \"x\" is FP16 [3, 4], but [[inputs]] says FP32 [-1, 4]");
  CHECK(problem("[[canary.inputs]]\nname = \"z\"\ndatatype = \"BOOL\"\nshape = [9]\n", inputs) ==
        "m.toml:1: [[canary.inputs]] names \"z\", which is none of [[inputs]]");
}

TEST_CASE("canary block: what is written reads back as the table that a worker checks")
{
  auto one = canary();
  one.inputs = {generate(wanted(datatype::fp32), 1, 0),
                {"m", datatype::uint8, {3}, std::vector<std::byte>(3)},
                {"e", datatype::fp32, {0}, {}}};
  one.arguments = {{"sr", std::int64_t{-5}}, {"r", 0.5}, {"f", true}, {"s", std::string("fast")}};
  constexpr std::uint64_t block_offset = 128;
  auto arena = std::vector<std::byte>(block_offset + canary_size(one));
  auto const length = write_canary(one, std::span(arena).subspan(block_offset), block_offset);

  auto table = tensor_table();
  REQUIRE(read_table(std::span(arena).subspan(block_offset, length), arena.size(), table));
  for (auto const& each : table.tensors)
    CHECK(each.offset % tensor_alignment == 0);
  auto const copies = copy_outputs(table, arena);
  REQUIRE(copies);
  CHECK(*copies == one.inputs);
  REQUIRE(table.arguments.size() == 4);
  CHECK(table.arguments[0].integer == -5);
  CHECK(table.arguments[1].real == 0.5);
  CHECK(table.arguments[2].kind == argument_kind::boolean);
  CHECK(table.arguments[3].string == "fast");
}
