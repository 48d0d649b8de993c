// Requests against odd modules: arguments, outputs, errors, arenas.
#include "tests/process/worker_odd_models.hpp"

#include <doctest/doctest.h>
#include <thread>

using namespace pilotlight;
using namespace worker_tests;

namespace {

request with(std::vector<named_tensor> inputs, std::vector<argument_entry> arguments = {})
{
  return {std::move(inputs), std::move(arguments)};
}

argument_entry real(std::string_view name, double value)
{
  auto entry = argument_entry();
  entry.name = name;
  entry.kind = argument_kind::real;
  entry.real = value;
  return entry;
}

argument_entry integer(std::string_view name, std::int64_t value)
{
  auto entry = argument_entry();
  entry.name = name;
  entry.integer = value;
  return entry;
}

argument_entry boolean(std::string_view name, bool value)
{
  auto entry = integer(name, value);
  entry.kind = argument_kind::boolean;
  return entry;
}

argument_entry text(std::string_view name, std::string_view value)
{
  auto entry = argument_entry();
  entry.name = name;
  entry.kind = argument_kind::string;
  entry.string = value;
  return entry;
}

auto const two_by_two = floats("x", {2, 2}, {1, 2, 3, 4});
auto const four = floats("x", {1, 4}, {1, 2, 3, 4});

void check_refused(odd_model& model, request const& what, std::string const& sentence)
{
  auto const got = model.instance.ask(what);
  REQUIRE(got);
  CHECK(got->status == fault::bad_request);
  CHECK(got->sentence == sentence);
}

} // namespace

TEST_SUITE("worker requests")
{
  TEST_CASE("outputs: tuples are flattened, None is skipped, strides and aliases are copied")
  {
    auto model = odd_model("outputs");
    auto const got = model.instance.ask(with({two_by_two}));
    REQUIRE(got);
    REQUIRE_MESSAGE(got->status == fault::none, got->sentence);
    REQUIRE(got->outputs.size() == 4);
    CHECK(as_floats(got->outputs[0]) == std::vector<float>{1, 3, 2, 4});
    CHECK(as_floats(got->outputs[1]) == std::vector<float>{1, 2, 3, 4});
    CHECK(as_floats(got->outputs[2]) == std::vector<float>{1, 3});
    CHECK(got->outputs[2].shape == std::vector<std::int64_t>{2, 1});
    CHECK(got->outputs[3].type == datatype::int64);
    CHECK(got->outputs[3].name == "OUTPUT__3");
  }

  TEST_CASE(
      "outputs: the keys of a dict and the fields of a NamedTuple are names, a list counts, names come from model.toml")
  {
    auto named = odd_model("named");
    auto const got = named.instance.ask(with({two_by_two}));
    REQUIRE(got);
    REQUIRE(got->outputs.size() == 2);
    CHECK(got->outputs[0].name == "double");
    CHECK(got->outputs[1].name == "half");
    CHECK(as_floats(got->outputs[1]) == std::vector<float>{0.5, 1, 1.5, 2});
    auto fields = odd_model("fields");
    auto const pair = fields.instance.ask(with({two_by_two}));
    REQUIRE(pair);
    REQUIRE(pair->outputs.size() == 2);
    CHECK(pair->outputs[0].name == "double");
    CHECK(pair->outputs[1].name == "half");
    auto order = odd_order("listed");
    order.outputs = {"first"};
    auto listed = odd_model(order);
    auto const list = listed.instance.ask(with({two_by_two}));
    REQUIRE(list);
    REQUIRE(list->outputs.size() == 2);
    CHECK(list->outputs[0].name == "first");
    CHECK(list->outputs[1].name == "OUTPUT__1");
  }

  TEST_CASE("outputs: complex becomes real pairs; what no protocol carries is refused clearly")
  {
    auto pairs = odd_model("complex");
    auto const got = pairs.instance.ask(with({two_by_two}));
    REQUIRE(got);
    REQUIRE_MESSAGE(got->status == fault::none, got->sentence);
    CHECK(got->outputs[0].shape == std::vector<std::int64_t>{2, 2, 2});
    CHECK(as_floats(got->outputs[0]) == std::vector<float>{1, 1, 2, 2, 3, 3, 4, 4});
    auto words = odd_model("text");
    auto const refused = words.instance.ask(with({two_by_two}));
    REQUIRE(refused);
    CHECK(refused->status == fault::internal);
    CHECK(refused->sentence.find("'OUTPUT__0' is of type str") != std::string::npos);
  }

  TEST_CASE("arguments: defaults, kinds, ints for floats, optional tensors")
  {
    auto model = odd_model("scalars");
    auto const plain = model.instance.ask(with({two_by_two}, {integer("scale", 3)}));
    REQUIRE(plain);
    REQUIRE_MESSAGE(plain->status == fault::none, plain->sentence);
    CHECK(as_floats(plain->outputs[0]) == std::vector<float>{6, 12, 18, 24});
    auto const all =
        model.instance.ask(with({two_by_two, floats("bias", {1}, {100})}, {text("mode", "minus"), boolean("flip", true),
                                                                           real("count", 1.0), real("scale", 0.5)}));
    REQUIRE(all);
    REQUIRE_MESSAGE(all->status == fault::none, all->sentence);
    CHECK(as_floats(all->outputs[0]) == std::vector<float>{98.5, 98, 97.5, 97});
    auto const by_position = model.instance.ask(with({floats("INPUT__0", {1}, {1})}, {real("scale", 1)}));
    REQUIRE(by_position);
    CHECK(as_floats(by_position->outputs[0]) == std::vector<float>{2});
  }

  TEST_CASE("arguments: missing, unknown, doubled and ill-typed ones are named, with what forward() takes")
  {
    auto model = odd_model("scalars");
    auto const takes = std::string("; forward() takes x (tensor), scale (float), count (int, optional), flip (bool, "
                                   "optional), mode (string, optional), bias (tensor, optional)");
    check_refused(model, with({}, {real("scale", 1)}), "missing input 'x'" + takes);
    check_refused(model, with({two_by_two}), "missing argument 'scale'" + takes);
    check_refused(model, with({two_by_two, floats("z", {1}, {1})}, {real("scale", 1)}), "unknown input 'z'" + takes);
    check_refused(model, with({two_by_two}, {real("scale", 1), real("speed", 1)}), "unknown argument 'speed'" + takes);
    check_refused(model, with({two_by_two, two_by_two}, {real("scale", 1)}), "input 'x' is given twice");
    check_refused(model, with({two_by_two}, {real("scale", 1), real("count", 1.5)}),
                  "argument 'count': forward() wants int there");
    check_refused(model, with({two_by_two}, {text("scale", "big")}), "argument 'scale': forward() wants float there");
    check_refused(model, with({two_by_two, floats("scale", {1}, {1})}), "missing argument 'scale'" + takes);
    CHECK(model.instance.ask(with({two_by_two}, {real("scale", 1)}))->status == fault::none);
  }

  TEST_CASE("arguments: a constant of model.toml is fixed")
  {
    auto order = odd_order("scalars");
    order.constants = {{"scale", "float", "2"}};
    auto model = odd_model(order);
    CHECK(as_floats(model.instance.ask(with({floats("x", {1}, {1})}))->outputs.at(0)) == std::vector<float>{4});
    CHECK(model.instance.ask(with({floats("x", {1}, {1})}, {real("scale", 2)}))->status == fault::none);
    check_refused(model, with({two_by_two}, {real("scale", 3)}),
                  "argument 'scale' is fixed by model.toml and cannot be changed by a request");
  }

  TEST_CASE("inputs: one that forward() writes is copied, so the request can run again")
  {
    auto model = odd_model("in_place");
    model.instance.submit(with({two_by_two}));
    auto const got = model.instance.wait();
    REQUIRE(got);
    REQUIRE_MESSAGE(got->status == fault::none, got->sentence);
    CHECK(as_floats(got->outputs[0]) == std::vector<float>{2, 2, 4, 4});
    CHECK(as_floats(model.instance.ask(with({two_by_two}))->outputs.at(0)) == std::vector<float>{2, 2, 4, 4});
  }

  TEST_CASE("inputs: a tensor that is not aligned is copied; every datatype goes through")
  {
    auto model = odd_model("types");
    auto shifted = with({two_by_two});
    shifted.misalign = 4;
    CHECK(as_floats(model.instance.ask(shifted)->outputs.at(0)) == std::vector<float>{1, 2, 3, 4});
    for (auto type = 1; type < 14; ++type) {
      auto const kind = static_cast<datatype>(type);
      CAPTURE(to_string(kind));
      auto tensor = named_tensor{"x", kind, {2, 3}, std::vector<std::byte>(6 * size_of(kind), std::byte{1})};
      auto const got = model.instance.ask(with({tensor}));
      REQUIRE(got);
      REQUIRE_MESSAGE(got->status == fault::none, got->sentence);
      CHECK(got->outputs.at(0).type == kind);
      CHECK(got->outputs[0].bytes == tensor.bytes);
    }
    auto const scalar = model.instance.ask(with({floats("x", {}, {5})}));
    CHECK(scalar->outputs.at(0).shape.empty());
    auto const empty = model.instance.ask(with({floats("x", {0, 4}, {})}));
    CHECK(empty->outputs.at(0).shape == std::vector<std::int64_t>{0, 4});
  }

  TEST_CASE("errors: the kernel's or the model's own sentence, as the request's fault, and the worker lives on")
  {
    auto mlp = odd_model(order_for("mlp"));
    check_refused(mlp, with({floats("x", {1, 3}, {1, 2, 3})}),
                  "forward() failed: mat1 and mat2 shapes cannot be multiplied (1x3 and 4x16)");
    CHECK(mlp.instance.ask(with({four}))->status == fault::none);
    auto raises = odd_model("raises");
    check_refused(raises, with({floats("x", {1}, {200})}), "forward() failed: the sum of x must be at most 100");
    CHECK(raises.instance.ask(with({four}))->status == fault::none);
  }

  TEST_CASE("reply arena: a reply that could never fit names the limit and its key")
  {
    auto model = odd_model(odd_order("grows"), 1 << 20);
    auto const got = model.instance.ask(with({floats("x", {1}, {1})}));
    REQUIRE(got);
    CHECK(got->status == fault::too_large);
    CHECK(got->sentence.find("worker.reply_arena is 1048576") != std::string::npos);
  }

  TEST_CASE("reply arena: when all blocks are out the worker waits for a release, executing nothing")
  {
    auto model = odd_model(odd_order("types"), 64 * 1024);
    auto const large = with({named_tensor{"x", datatype::fp32, {2500}, std::vector<std::byte>(10000)}});
    model.instance.keep_blocks = true;
    auto out = std::vector<completion>();
    for (auto i = 0; i < 4; ++i)
      out.push_back(model.instance.ask(large)->raw);
    model.instance.submit(large, 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(model.instance.header().progress.request == 0);
    CHECK(model.instance.header().completions.tail == 4);
    model.instance.give_back(out[2]);
    auto const got = model.instance.wait();
    REQUIRE(got);
    CHECK(got->raw.block_offset == out[2].block_offset);
  }

  TEST_CASE("progress: it names the request while forward() runs, and nothing afterwards")
  {
    auto model = odd_model("slow");
    model.instance.submit(with({floats("x", {1}, {3000})}));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(model.instance.header().progress.request == 1);
    CHECK(model.instance.header().progress.since_ns > 0);
    auto const got = model.instance.wait();
    REQUIRE(got);
    CHECK(model.instance.header().progress.request == 0);
    CHECK(got->raw.compute_ns > 50'000'000);
    CHECK(model.instance.header().progress.turns == 1);
  }

  TEST_CASE("a hundred requests at once come back in order")
  {
    auto model = odd_model("types");
    for (auto i = 0; i < 100; ++i)
      model.instance.submit(with({floats("x", {1}, {7})}), 3);
    for (auto i = std::uint64_t{1}; i <= 100; ++i) {
      auto const got = model.instance.wait();
      REQUIRE(got);
      CHECK(got->raw.request == i);
      CHECK(got->status == fault::none);
    }
  }
}
