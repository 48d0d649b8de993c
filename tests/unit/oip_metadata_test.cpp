#include "proxy/oip/metadata.hpp"
#include "proxy/oip/model_statistics.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace pilotlight::oip {
namespace {

using shape = std::vector<std::int64_t>;

model_spec described()
{
  auto spec = model_spec();
  spec.name = "vad";
  spec.version = "1";
  spec.description.key = "vad:1";
  spec.description.arguments = {{"x", "tensor", false}, {"sr", "int", false}, {"h", "tensor", true}};
  return spec;
}

} // namespace

TEST_CASE("server metadata: name, version and the extensions that are served")
{
  CHECK(
      boost::json::serialize(server_metadata_json()) ==
      R"({"name":"pilotlight","version":")" PILOTLIGHT_VERSION
      R"(","extensions":["binary_tensor_data","model_configuration","model_repository","parameters","sequence","statistics"]})");
}

TEST_CASE("known inputs: model.toml first, then the description, then what requests have shown")
{
  auto spec = described();
  auto const seen = std::vector<tensor_spec>{{"x", datatype::fp32, shape{1, 512}}, {"other", datatype::int8, shape{1}}};

  auto inputs = known_inputs(spec, {});
  REQUIRE(inputs.size() == 2);
  CHECK(inputs[0].name == "x");
  CHECK(inputs[0].type == datatype::unknown);
  CHECK_FALSE(inputs[0].shape);
  CHECK(inputs[1].name == "h");

  inputs = known_inputs(spec, seen);
  REQUIRE(inputs.size() == 2);
  CHECK(inputs[0].type == datatype::fp32);
  CHECK(inputs[0].shape == shape{1, 512});

  spec.toml.inputs = {{"x", datatype::fp16, std::nullopt}};
  inputs = known_inputs(spec, seen);
  REQUIRE(inputs.size() == 1);
  CHECK(inputs[0].type == datatype::fp16); // what the file says holds
  CHECK(inputs[0].shape == shape{1, 512});

  CHECK(known_inputs(model_spec(), seen).size() == 2);
  CHECK(known_inputs(model_spec(), {}).empty());
}

TEST_CASE("known outputs: model.toml first, then the description, then what replies have shown")
{
  auto spec = described();
  auto const seen = std::vector<tensor_spec>{{"OUTPUT__0", datatype::fp32, shape{1, 1}}};
  CHECK(known_outputs(spec, seen)[0].name == "OUTPUT__0");
  spec.description.outputs = {"OUTPUT__0", "OUTPUT__1"};
  CHECK(known_outputs(spec, seen).size() == 2);
  CHECK(known_outputs(spec, seen)[0].type == datatype::fp32);
  spec.toml.outputs = {{"speech", datatype::fp32, shape{-1, 1}}};
  CHECK(known_outputs(spec, seen)[0].name == "speech");
}

TEST_CASE("model metadata: unknown tensors have no datatype and shape [-1]")
{
  auto spec = described();
  auto const inputs =
      std::vector<tensor_spec>{{"x", datatype::fp32, shape{-1, 4}}, {"h", datatype::unknown, std::nullopt}};
  auto const outputs = std::vector<tensor_spec>{{"y", datatype::int64, shape{}}};
  auto const versions = std::vector<std::string>{"1", "2"};
  CHECK(boost::json::serialize(model_metadata_json(spec, versions, inputs, outputs)) ==
        R"({"name":"vad","versions":["1","2"],"platform":"pytorch_torchscript","inputs":[)"
        R"({"name":"x","datatype":"FP32","shape":[-1,4]},{"name":"h","datatype":"","shape":[-1]}],)"
        R"("outputs":[{"name":"y","datatype":"INT64","shape":[]}]})");
  spec.format = model_format::aotinductor;
  CHECK(model_metadata_json(spec, versions, {}, {}).at("platform") == "pytorch_aotinductor");
}

TEST_CASE("model config: in the shape of Triton's, sequences only for a sequence model")
{
  auto spec = described();
  auto const inputs =
      std::vector<tensor_spec>{{"x", datatype::bf16, shape{-1, 4}}, {"h", datatype::unknown, std::nullopt}};
  auto config = model_config_json(spec, inputs, {}).as_object();
  CHECK(config.at("max_batch_size") == 0);
  CHECK(boost::json::serialize(config.at("input")) ==
        R"([{"name":"x","data_type":"TYPE_BF16","dims":[-1,4]},{"name":"h","data_type":"TYPE_INVALID","dims":[-1]}])");
  CHECK(boost::json::serialize(config.at("instance_group")) == R"([{"name":"vad","kind":"KIND_CPU","count":3}])");
  CHECK_FALSE(config.contains("sequence_batching"));
  spec.toml.state = state_mode::sequence;
  config = model_config_json(spec, inputs, {}).as_object();
  CHECK(boost::json::serialize(config.at("sequence_batching")) ==
        R"({"max_sequence_idle_microseconds":60000000,"direct":{}})");
}

TEST_CASE("repository index: a reason only where there is one")
{
  auto const entries = std::vector<index_entry>{{"a", "1", "READY", ""}, {"b", "2", "UNAVAILABLE", "no file"}};
  CHECK(boost::json::serialize(repository_index_json(entries)) ==
        R"([{"name":"a","version":"1","state":"READY"},)"
        R"({"name":"b","version":"2","state":"UNAVAILABLE","reason":"no file"}])");
}

TEST_CASE("statistics: in the shape of Triton's extension")
{
  auto model = model_statistics();
  model.name = "mlp";
  model.version = "1";
  model.inference_count = 3;
  model.execution_count = 2;
  model.success.add(1500);
  model.success.add(500);
  auto const json = statistics_json({&model, 1});
  auto const& first = json.at("model_stats").as_array().at(0);
  CHECK(first.at("name") == "mlp");
  CHECK(first.at("inference_count") == 3);
  CHECK(first.at("execution_count") == 2);
  CHECK(boost::json::serialize(first.at("inference_stats").at("success")) == R"({"count":2,"ns":2000})");
  for (auto const part :
       {"fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss"})
    CHECK(boost::json::serialize(first.at("inference_stats").at(part)) == R"({"count":0,"ns":0})");
  CHECK(statistics_json({}).at("model_stats").as_array().empty());
}

} // namespace pilotlight::oip
