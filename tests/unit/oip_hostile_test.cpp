// Every way to get an infer request wrong around its inputs, and the sentence that says so.
#include "tests/unit/oip_hostile.hpp"

namespace pilotlight::oip {

TEST_CASE("hostile: what is no JSON object")
{
  hostile const requests[] = {
      {"no body", "", "the body is empty: an inference request is a JSON object"},
      {"only white space", "  \n ", "the body is empty: an inference request is a JSON object"},
      {"null", "null", "the body must be a JSON object"},
      {"a number", "1", "the body must be a JSON object"},
      {"an array", "[1]", "the body must be a JSON object"},
      {"text", "hello", "the body must be a JSON object"},
      {"empty object", "{}", "the request has no member 'inputs'"},
      {"unclosed", R"({"inputs":[)", unclosed},
      {"cut inside a string", R"({"inputs":[{"na)", "the body is not valid JSON: a string is not closed"},
      {"cut after a brace", R"({"inputs":[{})", unclosed},
      {"closed by the padding only", R"({"inputs":[{"name":"x"})", unclosed},
      {"wrong bracket", R"({"inputs":[}])", unclosed},
      {"two commas", R"({"id":"1",,"inputs":[]})", broken},
      {"trailing comma", R"({"inputs":[],})", broken},
      {"no colon", R"({"inputs" []})", broken},
      {"no comma", R"({"id":"1" "inputs":[]})", broken},
      {"a key that is no string", R"({inputs:[]})", broken},
      {"trailing object", R"({"inputs":[]}{})", "the body is not valid JSON: something follows the request object"},
      {"trailing brace", R"({"inputs":[]}})", unclosed},
      {"control character", "{\"id\":\"a\nb\",\"inputs\":[]}",
       "the body is not valid JSON: a string has a control character that is not escaped"},
      {"not UTF-8", "{\"id\":\"\xff\",\"inputs\":[]}", "the body is not valid JSON: it is not UTF-8"},
      {"overlong UTF-8", "{\"id\":\"\xc0\xaf\",\"inputs\":[]}", "the body is not valid JSON: it is not UTF-8"},
      {"UTF-16", std::string("\xff\xfe{\0}\0", 6), "the body is not valid JSON: it is not UTF-8"},
      {"wrong escape", R"({"id":"\q","inputs":[]})", escape},
      {"wrong hex escape", R"({"id":"\u12g4","inputs":[]})", escape},
      {"lone low surrogate", R"({"id":"\udc00","inputs":[]})", escape},
      {"lone high surrogate", R"({"id":"\ud800x","inputs":[]})", escape},
      {"high surrogate at the end", R"({"id":"\udbff","inputs":[]})", escape},
      {"high surrogate and a letter", R"({"id":"\ud800\u0041","inputs":[]})", escape},
      {"two high surrogates", R"({"id":"\ud800\ud800","inputs":[]})", escape},
      {"surrogates the wrong way round", R"({"id":"\udfff\ud800","inputs":[]})", escape},
      {"a thousand brackets", repeated("[", 1000), "the body must be a JSON object"},
      {"a thousand objects", repeated(R"({"inputs":)", 1000), unclosed},
  };
  auto parse = parsing();
  refuse_all(requests, parse);
}

TEST_CASE("hostile: whatever follows the text completes nothing")
{
  auto const whole =
      std::string(R"({"id":"1","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2],"parameters":{}}]})");
  auto parse = parsing();
  REQUIRE(parse(whole));
  for (auto const padding : std::string_view(",:]}[{\"0tn \0", 12)) {
    parse.padding = padding;
    for (auto length = std::size_t{0}; length < whole.size(); ++length) {
      auto const cut = whole.substr(0, length);
      CAPTURE(padding);
      CAPTURE(cut);
      CHECK_FALSE(parse(cut));
      if (length + 1 < whole.size()) CHECK_FALSE(parse(cut + "}")); // simdjson looks at the last bracket only
    }
    CHECK_FALSE(parse(R"({"inputs":[{"name":"x","datatype":"INT16","shape":[1],"data":[8{"id":1[]}]})"));
  }
}

TEST_CASE("hostile: members of the request")
{
  auto const many = [](std::string_view one, int count) {
    return repeated(std::string(one) + ",", count) + std::string(one);
  };
  hostile const requests[] = {
      {"unknown member", beside(R"("input":[])"),
       "unknown member 'input': allowed are id, inputs, outputs and parameters"},
      {"inputs twice", beside(R"("inputs":[])"), "inputs is given twice"},
      {"id twice", beside(R"("id":"a","id":"a")"), "id is given twice"},
      {"id twice, escaped", beside(R"("id":"a","\u0069d":"a")"), "id is given twice"},
      {"id a number", beside(R"("id":7)"), "id must be a string, found 7"},
      {"id null", beside(R"("id":null)"), "id must be a string, found null"},
      {"id too long", beside(R"("id":")" + std::string(1025, 'i') + "\""), "id is longer than 1024 bytes"},
      {"inputs an object", R"({"inputs":{}})", "inputs must be an array, found an object"},
      {"inputs of numbers", R"({"inputs":[1]})", "inputs[0] must be an object, found 1"},
      {"inputs empty", R"({"inputs":[]})", "input 'x' is missing: the model takes 'x' (FP32 [-1,2]), 'n' (INT64)"},
      {"too many inputs",
       R"({"inputs":[)" + many(R"({"name":"x","datatype":"BOOL","shape":[0],"data":[]})", 256) + "]}",
       "inputs has more than 256 tensors"},
      {"outputs a string", beside(R"("outputs":"y")"), "outputs must be an array, found a string"},
      {"output a string", beside(R"("outputs":["y"])"), "outputs[0] must be an object, found a string"},
      {"output without a name", beside(R"("outputs":[{}])"), "outputs[0] has no member 'name'"},
      {"output with an empty name", beside(R"("outputs":[{"name":""}])"), "outputs[0].name must not be empty"},
      {"output twice", beside(R"("outputs":[{"name":"y"},{"name":"y"}])"), "output 'y' is asked for twice"},
      {"output with a shape", beside(R"("outputs":[{"name":"y","shape":[1]}])"),
       "unknown member 'shape' in outputs[0]: allowed are name and parameters"},
      {"classification", beside(R"("outputs":[{"name":"y","parameters":{"classification":3}}])"),
       "outputs[0].parameters.classification: the classification extension is not served: ask for the whole tensor"},
      {"output to shared memory", beside(R"("outputs":[{"name":"y","parameters":{"shared_memory_region":"r"}}])"),
       "outputs[0].parameters.shared_memory_region asks for the shared memory extension, which is not served: send the "
       "tensor in the body"},
      {"binary_data a number", beside(R"("outputs":[{"name":"y","parameters":{"binary_data":1}}])"),
       "outputs[0].parameters.binary_data must be true or false, found 1"},
      {"too many outputs",
       [] {
         auto json = std::string(R"("outputs":[{"name":"y"})");
         for (auto i = 0; i < 256; ++i)
           json += R"(,{"name":")" + std::to_string(i) + "\"}";
         return beside(json + "]");
       }(),
       "outputs has more than 256 tensors"},
  };
  auto parse = parsing();
  parse.known = {{"x", datatype::fp32, std::vector<std::int64_t>{-1, 2}}, {"n", datatype::int64, std::nullopt}};
  parse.arguments = {{"x", "tensor", false}, {"n", "tensor", true}};
  refuse_all(requests, parse);
}

TEST_CASE("hostile: the request's parameters")
{
  auto const keys = [](int count) {
    auto all = std::string(R"("k":1)");
    for (auto i = 1; i < count; ++i)
      all += ",\"" + std::to_string(i) + "\":1";
    return all;
  };
  hostile const requests[] = {
      {"an array", beside(R"("parameters":[])"), "parameters must be an object, found an array"},
      {"unknown", parameters(R"("speed":1)"),
       "unknown parameter 'speed': allowed are binary_data_output, timeout, sequence_id, sequence_start, sequence_end, "
       "headers, priority, triton_enable_empty_final_response, rate, mode"},
      {"twice", parameters(R"("rate":1,"rate":2)"), "parameters.rate is given twice"},
      {"timeout twice", parameters(R"("timeout":1,"timeout":1)"), "parameters.timeout is given twice"},
      {"timeout negative", parameters(R"("timeout":-1)"),
       "parameters.timeout must be an integer from 0 to 18446744073709551615, found -1"},
      {"timeout with a point", parameters(R"("timeout":1.5)"),
       "parameters.timeout must be an integer from 0 to 18446744073709551615, found 1.5"},
      {"timeout text", parameters(R"("timeout":"5")"),
       "parameters.timeout must be an integer from 0 to 18446744073709551615, found a string"},
      {"timeout too large", parameters(R"("timeout":18446744073709551616)"),
       "parameters.timeout must be an integer from 0 to 18446744073709551615, found 18446744073709551616"},
      {"binary_data_output text", parameters(R"("binary_data_output":"true")"),
       "parameters.binary_data_output must be true or false, found a string"},
      {"sequence_id real", parameters(R"("sequence_id":1.0)"),
       "parameters.sequence_id must be a string or an integer from 0 to 18446744073709551615, found 1.0"},
      {"sequence_id negative", parameters(R"("sequence_id":-1)"),
       "parameters.sequence_id must be a string or an integer from 0 to 18446744073709551615, found -1"},
      {"sequence_start a number", parameters(R"("sequence_start":1)"),
       "parameters.sequence_start must be true or false, found 1"},
      {"sequence_end null", parameters(R"("sequence_end":null)"),
       "parameters.sequence_end must be true or false, found null"},
      {"priority text", parameters(R"("priority":"high")"),
       "parameters.priority must be an integer from 0 to 18446744073709551615, found a string"},
      {"shared memory", parameters(R"("shared_memory_region":"r")"),
       "parameters.shared_memory_region asks for the shared memory extension, which is not served"},
      {"headers nested too deep", parameters(R"("headers":)" + repeated("[", 20) + repeated("]", 20)),
       "parameters.headers is nested deeper than 16"},
      {"headers that are no JSON", parameters(R"("headers":[nope])"), "parameters.headers must be JSON, found nope"},
      {"headers with a wrong bracket", parameters(R"("headers":[{"a":1]})"), broken},
      {"argument real for int", parameters(R"("rate":1.0)"),
       "parameters.rate must be an integer from -9223372036854775808 to 9223372036854775807, found 1.0"},
      {"argument over int64", parameters(R"("rate":9223372036854775808)"),
       "parameters.rate must be an integer from -9223372036854775808 to 9223372036854775807, found "
       "9223372036854775808"},
      {"argument of the wrong kind", parameters(R"("mode":true)"), "parameters.mode must be a string, found true"},
      {"argument an object", parameters(R"("mode":{})"), "parameters.mode must be a string, found an object"},
      {"a tensor as parameter", parameters(R"("x":1)"), "parameters.x is a tensor of the model: give it in inputs"},
      {"an argument nobody can give", parameters(R"("device":"cpu")"),
       "parameters.device cannot be given: the model's argument is unsupported: Device"},
      {"lone surrogate", parameters(R"("mode":"\udfff")"), escape},
      {"lone surrogate in a name", parameters(R"("\udfff":1)"), escape},
  };
  auto parse = parsing();
  parse.arguments = {
      {"x", "tensor", false}, {"rate", "int", true}, {"mode", "string", true}, {"device", "unsupported: Device", true}};
  refuse_all(requests, parse);

  hostile const unknown_signature[] = {
      {"too many", parameters(keys(65)), "parameters has more than 64 arguments"},
      {"null", parameters(R"("a":null)"), "parameters.a must be a number, a string, true or false, found null"},
      {"an array", parameters(R"("a":[1])"), "parameters.a must be a number, a string, true or false, found an array"},
      {"infinite", parameters(R"("a":1e999)"), "parameters.a must be a finite number, found 1e999"},
      {"a nameless one", parameters(R"("":1)"), "a parameter's name must have 1 to 1024 bytes"},
      {"too much text",
       parameters(R"("a":")" + std::string(65'000, 'a') + R"(","b":")" + std::string(65'000, 'b') + R"(","c":")" +
                  std::string(65'000, 'c') + R"(","d":")" + std::string(65'536, 'd') + R"(","e":")" +
                  std::string(5'000, 'e') + '"'),
       "names and string parameters take 265718 bytes: allowed are 262144 altogether"},
  };
  parse.arguments.clear();
  refuse_all(unknown_signature, parse);
}

} // namespace pilotlight::oip
