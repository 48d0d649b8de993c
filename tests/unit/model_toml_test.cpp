#include "proxy/repository/model_toml.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;
using std::chrono::milliseconds;

namespace {

/// Of the last read().
std::vector<std::string>& warnings()
{
  static std::vector<std::string> all;
  return all;
}

result<model_toml> read(std::string_view text, settings const& node = {})
{
  warnings().clear();
  return read_model_toml(
      text, "m.toml", node, [](std::string const&) { return std::nullopt; }, warnings());
}

std::string problem(std::string_view text)
{
  auto const read_one = read(text);
  return read_one ? "accepted" : read_one.error().sentence;
}

} // namespace

TEST_CASE("model.toml: tensors, constants, state, warm-up and overrides are read")
{
  auto node = settings();
  node.limits.threads = 3;
  auto const model = read(R"(
stateful = "sequence"
sequence_idle_timeout = 1.5
[[inputs]]
name = "x"
datatype = "FP32"
shape = [-1, 4]
[[inputs]]
name = "mask"
[[outputs]]
name = "y"
datatype = "BF16"
shape = []
[arguments]
sr = 16000
rate = 0.1
whole = 2.0
flag = true
mode = "fast"
[[warmup]]
[[warmup.inputs]]
name = "x"
datatype = "FP32"
shape = [1, 4]
[[warmup]]
[[warmup.inputs]]
name = "x"
datatype = "FP32"
shape = [8, 4]
[[warmup.inputs]]
name = "mask"
datatype = "BOOL"
shape = [8]
[autoscaling.zero_scaling]
scale_to_zero_delay = 2
[worker]
execution_timeout = 3
[listen]
request_timeout = 4
)",
                          node);
  REQUIRE_MESSAGE(model.has_value(), model.error().sentence);
  REQUIRE(model->inputs.size() == 2);
  CHECK(model->inputs[0].name == "x");
  CHECK(model->inputs[0].type == datatype::fp32);
  CHECK(model->inputs[0].shape == std::vector<std::int64_t>{-1, 4});
  CHECK(model->inputs[1].type == datatype::unknown);
  CHECK(!model->inputs[1].shape);
  CHECK(model->outputs[0].shape->empty());
  CHECK(model->state == state_mode::sequence);
  CHECK(model->sequence_idle == milliseconds(1500));
  auto constants = std::string();
  for (auto const& one : model->constants)
    constants += one.name + ":" + one.kind + "=" + one.value + " ";
  CHECK(constants == "sr:int=16000 rate:float=0.1 whole:float=2 flag:bool=true mode:string=fast ");
  REQUIRE(model->warmups.size() == 2);
  CHECK(model->warmups[0].size() == 1);
  CHECK(model->warmups[1].size() == 2);
  CHECK(model->warmups[1][0].shape == std::vector<std::int64_t>{8, 4});
  CHECK(model->warmups[1][1].datatype == "BOOL");
  CHECK(model->limits.scale_to_zero_delay == milliseconds(2000));
  CHECK(model->limits.execution_timeout == milliseconds(3000));
  CHECK(model->limits.request_timeout == milliseconds(4000));
  CHECK(model->limits.threads == 3);
  CHECK(warnings().empty());
}

TEST_CASE("model.toml: where the rows of a batch lie: first dimension, the model's usual one, or the tensor's own")
{
  auto const silent = read("[[inputs]]\nname = \"x\"").value();
  CHECK(silent.batch_dimension == 0);
  CHECK(silent.inputs[0].batch_dimension == -1);
  auto const told =
      read("batch_dimension = 1\n[[inputs]]\nname = \"x\"\n[[inputs]]\nname = \"h\"\nbatch_dimension = 2\n"
           "[[outputs]]\nname = \"y\"\nbatch_dimension = 0\n[batching]\nmax_batch_size = 16")
          .value();
  CHECK(told.batch_dimension == 1);
  CHECK(told.inputs[0].batch_dimension == -1);
  CHECK(told.inputs[1].batch_dimension == 2);
  CHECK(told.outputs[0].batch_dimension == 0);
  CHECK(told.limits.max_batch_size == 16);
}

TEST_CASE("model.toml: an empty one is the settings' limits")
{
  auto node = settings();
  node.limits.max_instances = 7;
  CHECK(read("", node)->limits == node.limits);
}

TEST_CASE("model.toml: each mistake is told with file, line, key and what is allowed")
{
  struct
  {
    char const* text;
    char const* sentence;
  } const cases[] = {
      {"[[inputs]]\nname = \"x\"\ndatatype = \"BYTES\"",
       "m.toml:3: 'inputs.datatype' is \"BYTES\"; allowed is BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, "
       "INT64, FP16, BF16, FP32 or FP64"},
      {"[[inputs]]\nname = \"x\"\nshape = [0]", "m.toml:3: 'inputs.shape' is a list of 1; allowed is a list of at most "
                                                "8 integers, each at least 1, or -1 where it "
                                                "varies"},
      {"[[inputs]]\nname = \"x\"\nshape = [1,1,1,1,1,1,1,1,1]",
       "m.toml:3: 'inputs.shape' is a list of 9; allowed is a list of at most 8 integers, each at least 1, or -1 where "
       "it "
       "varies"},
      {"[[inputs]]\nname = \"\"", "m.toml:2: 'inputs.name' is \"\"; allowed is a string of 1 to 255 characters"},
      {"[[inputs]]\nshape = [1]", "m.toml:1: [[inputs]] has no name"},
      {"[[inputs]]\nname = \"x\"\ndtype = 1",
       "m.toml:3: unknown key 'inputs.dtype'; allowed are name, datatype, shape and batch_dimension"},
      {"[[inputs]]\nname = \"x\"\nbatch_dimension = -1",
       "m.toml:3: 'inputs.batch_dimension' is -1; allowed is an integer from 0 to 7"},
      {"[[outputs]]\nname = \"x\"\nbatch_dimension = 0.5",
       "m.toml:3: 'outputs.batch_dimension' is 0.5; allowed is an integer from 0 to 7"},
      {"batch_dimension = 8", "m.toml:1: 'batch_dimension' is 8; allowed is an integer from 0 to 7"},
      {"[[warmup]]\n[[warmup.inputs]]\nname = \"x\"\nbatch_dimension = 1",
       "m.toml:4: unknown key 'warmup.inputs.batch_dimension'; allowed are name, datatype and shape"},
      {"[[inputs]]\nname = \"x\"\n[[inputs]]\nname = \"x\"", "m.toml:3: [[inputs]] has the name \"x\" twice"},
      {"[inputs]\nname = \"x\"", "m.toml:1: 'inputs' is a table; allowed is a list of tables, [[inputs]]"},
      {"inputs = 5", "m.toml:1: 'inputs' is 5; allowed is a list of tables, [[inputs]]"},
      {"stateful = \"yes\"", "m.toml:1: 'stateful' is \"yes\"; allowed is \"restore\" or \"sequence\""},
      {"sequence_idle_timeout = 0",
       "m.toml:1: 'sequence_idle_timeout' is 0; allowed is a number of seconds from 0.001 to 86400"},
      {"[arguments]\na = [1]",
       "m.toml:2: 'arguments.a' is a list of 1; allowed is an integer, a float, true, false or a string"},
      {"arguments = 1", "m.toml:1: 'arguments' is 1; allowed is one section, [arguments], of name = constant"},
      {"[[inputs]]\nname = \"sr\"\n[arguments]\nsr = 1",
       "m.toml:3: 'arguments.sr' is also the name of an input; an argument is a tensor or a constant"},
      {"[[warmup]]\nshape = [1]", "m.toml:2: 'warmup.shape' is a list of 1; allowed is [[warmup.inputs]] only"},
      {"[[warmup]]", "m.toml:1: [[warmup]] has no [[warmup.inputs]]"},
      {"[[warmup]]\n[[warmup.inputs]]\nname = \"x\"\ndatatype = \"FP32\"\nshape = [-1]",
       "m.toml:5: 'warmup.inputs.shape' is a list of 1; allowed is a list of at most 8 integers of at least 1"},
      {"[[warmup]]\n[[warmup.inputs]]\nname = \"x\"", "m.toml:2: [[warmup.inputs]] \"x\" needs a datatype and a shape"},
      {"[[inputs]]\nname = \"a\"\n[[warmup]]\n[[warmup.inputs]]\nname = \"x\"\ndatatype = \"FP32\"\nshape = []",
       "m.toml:4: [[warmup.inputs]] names \"x\", which is none of [[inputs]]"},
      {"[listen]\nhttp = \"a:1\"",
       "m.toml:2: 'listen.http' is about the proxy as a whole, not about one model; it belongs in pilotlight.toml"},
      {"[autoscaling.zero_scaling]\nmax_loaded_models = 1",
       "m.toml:2: 'autoscaling.zero_scaling.max_loaded_models' is about the proxy as a whole, not about one model; it "
       "belongs in pilotlight.toml"},
      {"[cluster]", "m.toml:1: 'cluster' is about the proxy as a whole, not about one model; it belongs in "
                    "pilotlight.toml"},
      {"[worker]\nthreads = -1", "m.toml:2: 'worker.threads' is -1; allowed is an integer from 0 to 1024"},
      {"batchdimension = 1", "m.toml:1: unknown key 'batchdimension'; did you mean 'batch_dimension'?"},
      {"[[input]]\nname = \"x\"", "m.toml:1: unknown key 'input'; did you mean 'inputs'?"},
      {"[worker]\ntreads = 1", "m.toml:2: unknown key 'worker.treads'; did you mean 'worker.threads'?"},
      {"[autoscaling.thresholds]\ncpu_scale_up = 20", "m.toml:2: 'autoscaling.thresholds.cpu_scale_down' (30.0) must "
                                                      "be less than 'autoscaling.thresholds.cpu_scale_up' (20.0)"},
  };
  for (auto const& [text, sentence] : cases) {
    auto const told = problem(text);
    CHECK_MESSAGE((told + "\n").starts_with(sentence), std::string(text), " -> ", told);
  }
  CHECK(problem("[[inputs]\n").starts_with("m.toml:1:"));
}

TEST_CASE("model.toml: a warm-up may name a tensor once in each run")
{
  CHECK(problem("[[warmup]]\n[[warmup.inputs]]\nname=\"x\"\ndatatype=\"FP32\"\nshape=[]\n"
                "[[warmup.inputs]]\nname=\"x\"\ndatatype=\"FP32\"\nshape=[]") ==
        "m.toml:6: [[warmup.inputs]] has the name \"x\" twice");
}

TEST_CASE("model.toml: keys without effect warn")
{
  REQUIRE(read("[autoscaling.zero_scaling]\ncold_start_optimization = true").has_value());
  CHECK(warnings().size() == 1);
}

TEST_CASE("model.toml: the zones of its instances are the node's")
{
  auto node = settings();
  node.balancing.zones = {{"north", {}}, {"south", {}}};
  node.limits.instance_zones = {"north"};
  CHECK(read("", node)->limits.instance_zones == std::vector<std::string>{"north"});
  auto const own = read("[balancing]\ninstance_zones = [\"south\", \"north\"]", node);
  REQUIRE(own.has_value());
  CHECK(own->limits.instance_zones == std::vector<std::string>{"south", "north"});
  auto const wrong = read("[balancing]\ninstance_zones = [\"east\"]", node);
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().sentence ==
        "m.toml:2: 'balancing.instance_zones' has \"east\", but no [[balancing.zones]] has that name");
}
