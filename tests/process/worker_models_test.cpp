// Model files: good, bad, stateful, packaged; and what --describe says of them.
#include "tests/process/worker_odd_models.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

using namespace pilotlight;
using namespace worker_tests;

namespace {

namespace json = boost::json;

void write(std::string const& path, std::string const& text)
{
  std::ofstream(path, std::ios::binary) << text;
}

std::string beginning_of(std::string const& path, std::size_t bytes)
{
  auto file = std::ifstream(path, std::ios::binary);
  auto text = std::string(std::istreambuf_iterator<char>(file), {});
  return text.substr(0, bytes);
}

bool contains(std::string const& text, std::string const& part)
{
  return text.find(part) != std::string::npos;
}

std::string question(std::string const& key, std::string const& path, std::string const& format = "torchscript")
{
  return json::serialize(json::object{{"key", key}, {"path", path}, {"format", format}}) + "\n";
}

std::vector<signature> described(std::string const& questions)
{
  auto const [text, code] = run_worker({"--describe"}, questions);
  CHECK(code == 0);
  auto found = std::vector<signature>();
  auto lines = std::istringstream(text);
  for (auto line = std::string(); std::getline(lines, line);)
    found.push_back(json::value_to<signature>(json::parse(line)));
  return found;
}

std::vector<float> counted(odd_model& model)
{
  auto const got = model.instance.ask({{floats("x", {1, 4}, {1, 2, 3, 4})}, {}});
  REQUIRE(got);
  REQUIRE_MESSAGE(got->status == fault::none, got->sentence);
  return as_floats(got->outputs.at(0));
}

auto const fresh = std::vector<float>{10, 1, 0, 0, 0, 0};

} // namespace

TEST_SUITE("worker models")
{
  TEST_CASE("a file that cannot be served fails with one clear reason, and the zygote lives on")
  {
    auto const folder = scratch_folder();
    auto order = order_for("mlp");
    order.path = folder.path("missing.pt");
    CHECK(contains(reason_for(order), "missing.pt: No such file or directory"));
    order.path = folder.path("text.pt");
    write(order.path, "no model at all");
    CHECK(contains(reason_for(order), "neither a TorchScript archive nor an AOTInductor package: no zip archive"));
    order.path = folder.path("empty.pt");
    write(order.path, "");
    CHECK(contains(reason_for(order), "no zip archive"));
    order.path = folder.path("cut.pt");
    write(order.path, beginning_of(demo_model("mlp"), 2000));
    CHECK(contains(reason_for(order), "truncated or corrupt zip archive"));
    order.path = odd_file("checkpoint");
    CHECK(contains(reason_for(order), "not a TorchScript archive: it has no code"));
    order.path = odd_file("no_forward");
    CHECK(contains(reason_for(order), "the module has no method forward()"));
    order.path = odd_file("unservable");
    CHECK(reason_for(order) ==
          "forward() takes 'pair' of type Tuple[int, int], which no request can carry: only tensors, "
          "int, float, bool and str");
  }

  TEST_CASE("names and constants of model.toml that do not fit the model are refused")
  {
    auto order = order_for("mlp");
    order.inputs = {"a", "b"};
    CHECK(reason_for(order) == "model.toml names 2 inputs, forward() takes 1 tensors: x (tensor)");
    order.inputs = {};
    order.constants = {{"sr", "int", "16000"}};
    CHECK(contains(reason_for(order), "model.toml [arguments] sr: forward() has no such argument"));
    order = odd_order("scalars");
    order.constants = {{"count", "string", "many"}};
    CHECK(reason_for(order) == "model.toml [arguments] count: forward() wants int");
    order.constants = {};
    order.device = "cuda:0";
    CHECK(reason_for(order) == "device 'cuda:0': this LibTorch is built without CUDA");
    order.device = "abacus";
    CHECK(reason_for(order) == "device 'abacus': allowed are cpu and cuda:N");
  }

  TEST_CASE("inputs have the names of model.toml, by position or as names")
  {
    auto order = order_for("mlp");
    order.inputs = {"features"};
    auto model = odd_model(order);
    CHECK(model.instance.ask({{floats("features", {1, 4}, {1, 2, 3, 4})}, {}})->status == fault::none);
    CHECK(model.instance.ask({{floats("x", {1, 4}, {1, 2, 3, 4})}, {}})->status == fault::bad_request);
  }

  TEST_CASE("stateful: by default every request runs on the state of a fresh load, after a warm-up too")
  {
    auto order = odd_order("counter");
    order.warmups = {{{"x", "FP32", {1, 4}}}};
    auto model = odd_model(order);
    for (auto i = 0; i < 3; ++i)
      CHECK(counted(model) == fresh);
    REQUIRE(expect<warmed>(model.model.socket()));
    auto second = instance_channel(fork_from(model.model.socket(), fork_instance{"counter:1/2", 1, false}));
    REQUIRE(second.ready());
    CHECK(as_floats(second.ask({{floats("x", {1, 4}, {1, 2, 3, 4})}, {}})->outputs.at(0)) == fresh);
  }

  TEST_CASE("stateful: in sequence mode an instance starts fresh and keeps its state, even views of its inputs")
  {
    auto order = odd_order("counter");
    order.restore_state = false;
    order.warmups = {{{"x", "FP32", {1, 4}}}};
    auto model = odd_model(order);
    REQUIRE(expect<warmed>(model.model.socket()));
    CHECK(counted(model) == fresh);
    CHECK(counted(model) == std::vector<float>{20, 2, 1, 2, 3, 4});
    auto const got = model.instance.ask({{floats("x", {1, 4}, {0, 0, 0, 5})}, {}});
    CHECK(as_floats(got->outputs.at(0)) == std::vector<float>{25, 3, 1, 2, 3, 4});
    auto second = instance_channel(fork_from(model.model.socket(), fork_instance{"counter:1/2", 1, false}));
    REQUIRE(second.ready());
    CHECK(as_floats(second.ask({{floats("x", {1, 4}, {1, 2, 3, 4})}, {}})->outputs.at(0)) == fresh);
  }

  TEST_CASE("stateful: two sequences of silero_vad, interleaved, equal Python's of each alone")
  {
    auto order = order_for("silero_vad_seq");
    order.restore_state = false;
    auto zygote = spawn_zygote();
    auto model = fork_from(zygote.socket(), order);
    REQUIRE(model.greet());
    auto sequences = std::map<std::int64_t, instance_channel>();
    for (auto const& item : expected_cases("silero_vad_seq")) {
      auto const id = item.at("sequence").as_int64();
      if (!sequences.contains(id)) {
        auto instance = instance_channel(fork_from(model.socket(), fork_instance{"silero_vad_seq:1/1", 1, false}));
        REQUIRE(instance.ready());
        sequences.emplace(id, std::move(instance));
      }
      auto asked = request();
      for (auto const& input : item.at("inputs").as_array())
        asked.inputs.push_back(tensor_of(input));
      auto const got = sequences.at(id).ask(asked);
      REQUIRE(got);
      REQUIRE_MESSAGE(got->status == fault::none, got->sentence);
      CHECK(difference(as_floats(got->outputs.at(0)), as_floats(tensor_of(item.at("outputs").as_array()[0]))) < 1e-5);
    }
    CHECK(sequences.size() == 2);
  }

  TEST_CASE("--describe: arguments, state and written inputs; a bad file gets an error line, the others their own")
  {
    auto const folder = scratch_folder();
    write(folder.path("bad.pt"), "junk");
    auto const found =
        described(question("mlp:1", demo_model("mlp")) + question("bad:1", folder.path("bad.pt")) + "not json\n" +
                  question("silero:1", demo_model("silero_vad")) + question("counter:1", odd_file("counter")) +
                  question("in_place:1", odd_file("in_place")) + question("scalars:1", odd_file("scalars")) +
                  question("unservable:1", odd_file("unservable")) +
                  question("aoti:1", demo_model("mlp_aoti", "model.pt2"), "aotinductor") +
                  question("swapped:1", demo_model("mlp_aoti", "model.pt2")));
    REQUIRE(found.size() == 10);
    CHECK(found[0].key == "mlp:1");
    CHECK(found[0].error == "");
    REQUIRE(found[0].arguments.size() == 1);
    CHECK(found[0].arguments[0].kind == "tensor");
    CHECK(found[0].state.empty());
    CHECK_FALSE(found[0].writes_inputs);
    CHECK(contains(found[1].error, "no zip archive"));
    CHECK(contains(found[2].error, "not json"));
    REQUIRE(found[3].arguments.size() == 2);
    CHECK(found[3].arguments[1].name == "sr");
    CHECK(found[3].arguments[1].kind == "int");
    CHECK_FALSE(found[3].state.empty());
    CHECK(found[4].state == std::vector<std::string>{"calls", "inner.total", "last"});
    CHECK_FALSE(found[4].writes_inputs);
    CHECK(found[5].writes_inputs);
    REQUIRE(found[6].arguments.size() == 6);
    CHECK(found[6].arguments[4].kind == "string");
    CHECK(found[6].arguments[4].has_default);
    CHECK(found[7].arguments.at(1).kind == "unsupported: Tuple[int, int]");
    CHECK(found[8].error == "");
    CHECK(contains(found[9].error, "an AOTInductor package: name it model.pt2"));
  }

  TEST_CASE("--unpack: a package is unpacked once, whole, and answers as Python does")
  {
    auto const folder = scratch_folder();
    auto const target = folder.path("cache/mlp_aoti-1");
    auto const package = demo_model("mlp_aoti", "model.pt2");
    CHECK(run_worker({"--unpack", demo_model("mlp"), target}).second == 1);
    CHECK_FALSE(std::filesystem::exists(target));
    std::filesystem::create_directories(target + ".tmp-999999999"); // what a kill -9 would leave
    CHECK(run_worker({"--unpack", package, target}).second == 0);
    CHECK(run_worker({"--unpack", package, target}).second == 0);
    auto left = std::set<std::string>();
    for (auto const& entry : std::filesystem::directory_iterator(folder.path("cache")))
      left.insert(entry.path().filename().string());
    CHECK(left == std::set<std::string>{"mlp_aoti-1"});
    auto order = order_for("mlp_aoti", "aotinductor");
    order.path = target;
    CHECK(contains(reason_for(order), "needs [[inputs]] in model.toml"));
    order.inputs = {"x"};
    order.outputs = {"y"};
    order.warmups = {{{"x", "FP32", {1, 4}}}};
    auto model = odd_model(order);
    for (auto const& item : expected_cases("mlp_aoti")) {
      auto const got = model.instance.ask({{tensor_of(item.at("inputs").as_array()[0])}, {}});
      REQUIRE(got);
      REQUIRE_MESSAGE(got->status == fault::none, got->sentence);
      CHECK(got->outputs.at(0).name == "y");
      CHECK(difference(as_floats(got->outputs[0]), as_floats(tensor_of(item.at("outputs").as_array()[0]))) < 1e-6);
    }
    auto const said = expect<warmed>(model.model.socket());
    REQUIRE(said);
    CHECK(said->error == "");
  }
}
