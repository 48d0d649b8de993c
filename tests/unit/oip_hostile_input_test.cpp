// Every way to get an input of an infer request wrong: its members, its data, and what the model takes.
#include "tests/unit/oip_hostile.hpp"

namespace pilotlight::oip {

TEST_CASE("hostile: members of an input")
{
  hostile const requests[] = {
      {"no name", input(R"("datatype":"FP32","shape":[1],"data":[1])"), "inputs[0] has no member 'name'"},
      {"no datatype", input(R"("name":"x","shape":[1],"data":[1])"), "inputs[0] has no member 'datatype'"},
      {"no shape", input(R"("name":"x","datatype":"FP32","data":[1])"), "inputs[0] has no member 'shape'"},
      {"no data", input(R"("name":"x","datatype":"FP32","shape":[1])"),
       "input 'x' has neither data nor the parameter binary_data_size"},
      {"unknown member", input(R"("name":"x","dtype":"FP32")"),
       "unknown member 'dtype' in inputs[0]: allowed are name, datatype, shape, data and parameters"},
      {"name twice", input(R"("name":"x","name":"x")"), "inputs[0].name is given twice"},
      {"data twice", input(R"("data":[1],"data":[1])"), "inputs[0].data is given twice"},
      {"name a number", input(R"("name":5)"), "inputs[0].name must be a string, found 5"},
      {"name empty", input(R"("name":"")"), "inputs[0].name must not be empty"},
      {"name too long", input(R"("name":")" + std::string(1025, 'n') + "\""),
       "inputs[0].name is longer than 1024 bytes"},
      {"datatype BYTES", input(R"("name":"x","datatype":"BYTES","shape":[1],"data":["a"])"),
       "inputs[0].datatype BYTES is not served: models take BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, "
       "INT64, FP16, BF16, FP32 or FP64"},
      {"datatype in small letters", input(R"("name":"x","datatype":"fp32")"),
       "inputs[0].datatype 'fp32' is unknown: allowed are BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, "
       "INT64, FP16, BF16, FP32 or FP64"},
      {"datatype null", input(R"("datatype":null)"), "inputs[0].datatype must be a string, found null"},
      {"shape a number", input(R"("shape":4)"), "inputs[0].shape must be an array, found 4"},
      {"shape negative", input(R"("shape":[-1])"),
       "inputs[0].shape must be an array of integers from 0 to 9223372036854775807, found -1"},
      {"shape real", input(R"("shape":[1.0])"),
       "inputs[0].shape must be an array of integers from 0 to 9223372036854775807, found 1.0"},
      {"shape text", input(R"("shape":["1"])"),
       "inputs[0].shape must be an array of integers from 0 to 9223372036854775807, found a string"},
      {"shape over int64", input(R"("shape":[9223372036854775808])"),
       "inputs[0].shape must be an array of integers from 0 to 9223372036854775807, found 9223372036854775808"},
      {"shape overflowing", input(R"("shape":[4294967296,4294967296])"),
       "inputs[0].shape [4294967296,4294967296] is too large"},
      {"shape overflowing to zero", input(R"("shape":[4294967296,4294967296,0,4294967296,4294967296])"),
       "inputs[0].shape [4294967296,4294967296,0,4294967296,4294967296] is too large"},
      {"nine dimensions", input(R"("shape":[1,1,1,1,1,1,1,1,1])"), "inputs[0].shape has more than 8 dimensions"},
      {"data a number", data("1"), "inputs[0].data must be an array, found 1"},
      {"data text", data(R"("1,2")"), "inputs[0].data must be an array, found a string"},
      {"data null", data("null"), "inputs[0].data must be an array, found null"},
      {"parameters an array", input(R"("parameters":[])"), "inputs[0].parameters must be an object, found an array"},
      {"unknown parameter", input(R"("parameters":{"binary_size":4})"),
       "unknown member 'binary_size' in inputs[0].parameters: allowed are binary_data_size, shared_memory_region, "
       "shared_memory_offset and shared_memory_byte_size"},
      {"shared memory", input(R"("parameters":{"shared_memory_region":"r"})"),
       "inputs[0].parameters.shared_memory_region asks for the shared memory extension, which is not served: send the "
       "tensor in the body"},
      {"binary_data_size negative", input(R"("parameters":{"binary_data_size":-8})"),
       "inputs[0].parameters.binary_data_size must be an integer from 0 to 18446744073709551615, found -8"},
      {"binary_data_size twice", input(R"("parameters":{"binary_data_size":8,"binary_data_size":8})"),
       "inputs[0].parameters.binary_data_size is given twice"},
      {"data and binary_data_size",
       input(R"("name":"x","datatype":"FP32","shape":[1],"data":[1],"parameters":{"binary_data_size":4})"),
       "input 'x' has both data and binary_data_size: give one of them"},
      {"second input", R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]},{"shape":{}}]})",
       "inputs[1].shape must be an array, found an object"},
  };
  auto parse = parsing();
  refuse_all(requests, parse);
}

TEST_CASE("hostile: binary sizes")
{
  auto const binary = [](std::string_view type, std::string_view shape, std::string_view size) {
    return R"({"name":")" + std::string(type) + R"(","datatype":")" + std::string(type) + R"(","shape":)" +
           std::string(shape) + R"(,"parameters":{"binary_data_size":)" + std::string(size) + "}}";
  };
  auto const inputs = [](std::string const& tensors) { return R"({"inputs":[)" + tensors + "]}"; };
  hostile const requests[] = {
      {"size is not the shape's", inputs(binary("FP32", "[1,2]", "7")),
       "input 'FP32': binary_data_size is 7, FP32 of shape [1,2] has 8 bytes", "12345678"},
      {"nothing follows", inputs(binary("FP32", "[1,2]", "8")),
       "input 'FP32': binary_data_size is 8, of the body's binary part 0 bytes are left"},
      {"too little follows", inputs(binary("FP32", "[1,2]", "8")),
       "input 'FP32': binary_data_size is 8, of the body's binary part 7 bytes are left", "1234567"},
      {"too much follows", inputs(binary("FP32", "[1,2]", "8")),
       "the inputs' binary_data_size add up to 8 bytes, the body's binary part has 9", "123456789"},
      {"binary part nobody asked for", inputs(""),
       "the inputs' binary_data_size add up to 0 bytes, the body's binary part has 1", "1"},
      {"second does not fit", inputs(binary("FP32", "[1]", "4") + "," + binary("INT8", "[4]", "4")),
       "input 'INT8': binary_data_size is 4, of the body's binary part 3 bytes are left", "1234567"},
      {"size wraps around", inputs(binary("FP32", "[1]", "4") + "," + binary("INT8", "[1]", "18446744073709551615")),
       "input 'INT8': binary_data_size is 18446744073709551615, INT8 of shape [1] has 1 bytes", "12345"},
      {"huge but consistent", inputs(binary("INT8", "[576460752303423488]", "576460752303423488")),
       "input 'INT8': binary_data_size is 576460752303423488, of the body's binary part 5 bytes are left", "12345"},
  };
  auto parse = parsing();
  refuse_all(requests, parse);
}

TEST_CASE("hostile: data")
{
  auto const shaped = [](std::string_view shape, std::string_view text) {
    return input(R"("name":"x","datatype":"INT32","shape":)" + std::string(shape) + R"(,"data":)" + std::string(text));
  };
  hostile const requests[] = {
      {"too few", data("[1]"), "input 'x': data has fewer elements than the 2 that shape [1,2] asks for"},
      {"one too few", data("[1.5]"), "input 'x': data has 1 of the 2 elements that shape [1,2] asks for"},
      {"too many", data("[1,2,3]"), "input 'x': data has more elements than the 2 that shape [1,2] asks for"},
      {"none", data("[]"), "input 'x': data has fewer elements than the 2 that shape [1,2] asks for"},
      {"far too few for a huge shape", shaped("[1000000000]", "[1,2,3]"),
       "input 'x': data has fewer elements than the 1000000000 that shape [1000000000] asks for"},
      {"a row too short", shaped("[2,2]", "[[1,2],[3]]"),
       "input 'x': nested data has 1 instead of 2 entries in dimension 1 of shape [2,2]"},
      {"a row too long", shaped("[2,2]", "[[1,2,3],[4]]"),
       "input 'x': nested data has more than 2 entries in dimension 1 of shape [2,2]"},
      {"a row too many", shaped("[2,2]", "[[1,2],[3,4],[5,6]]"),
       "input 'x': nested data has more than 2 entries in dimension 0 of shape [2,2]"},
      {"a row missing", shaped("[2,2]", "[[1,2]    ]"),
       "input 'x': nested data has 1 instead of 2 entries in dimension 0 of shape [2,2]"},
      {"rows swapped with columns", shaped("[2,3]", "[[1,2],[3,4],[5,6]]"),
       "input 'x': nested data has 2 instead of 3 entries in dimension 1 of shape [2,3]"},
      {"nested, then flat", shaped("[2,2]", "[[1,2],3,4]"),
       "input 'x': data must be flat or nested as shape [2,2] says: found 3 where an array should be"},
      {"flat, then nested", shaped("[2,2]", "[1,2,[3,4]]"),
       "input 'x': data must be flat or nested as shape [2,2] says: found an array at element 2"},
      {"nested too deep", shaped("[2,2]", "[[[1],2],[3,4]]"),
       "input 'x': data must be flat or nested as shape [2,2] says: found an array at element 0"},
      {"a vector nested", shaped("[2]", "[[1,2]]"),
       "input 'x': data must be flat or nested as shape [2] says: found an array at element 0"},
      {"ten thousand brackets", shaped("[1,1]", repeated("[", 10'000) + repeated("]", 10'000)),
       "input 'x': data must be flat or nested as shape [1,1] says: found an array at element 0"},
      {"rows of nothing where none should be", shaped("[0,4]", "[[]]"),
       "input 'x': nested data has more than 0 entries in dimension 0 of shape [0,4]"},
      {"text", data(R"(["1",2])"),
       "input 'x': element 0 of data must be a finite number in the range of the type (FP32), found a string"},
      {"null", data("[1,null]"),
       "input 'x': element 1 of data must be a finite number in the range of the type (FP32), found null"},
      {"an object", data("[1,{}]"),
       "input 'x': element 1 of data must be a finite number in the range of the type (FP32), found an object"},
      {"NaN", data("[1,NaN]"),
       "input 'x': element 1 of data must be a finite number in the range of the type (FP32), found NaN, which is no "
       "JSON"},
      {"Infinity", data("[Infinity,1]"),
       "input 'x': element 0 of data must be a finite number in the range of the type (FP32), found Infinity, which is "
       "no JSON"},
      {"-Infinity", data("[-Infinity,1]"),
       "input 'x': element 0 of data must be a finite number in the range of the type (FP32), found -Infinity, which "
       "is no JSON"},
      {"over FP32", data("[3.5e38,1]"),
       "input 'x': element 0 of data must be a finite number in the range of the type (FP32), found 3.5e38"},
      {"over FP64", number("FP64", "1e309"),
       "input 'free': element 0 of data must be a finite number in the range of the type (FP64), found 1e309"},
      {"over FP16", number("FP16", "65520"),
       "input 'free': element 0 of data must be a finite number in the range of the type (FP16), found 65520"},
      {"over BF16", number("BF16", "-3.4e38"),
       "input 'free': element 0 of data must be a finite number in the range of the type (BF16), found -3.4e38"},
      {"leading zero", number("FP32", "01"),
       "input 'free': element 0 of data must be a finite number in the range of the type (FP32), found 01"},
      {"leading point", number("FP32", ".5"),
       "input 'free': element 0 of data must be a finite number in the range of the type (FP32), found .5"},
      {"trailing point", number("FP32", "5."),
       "input 'free': element 0 of data must be a finite number in the range of the type (FP32), found 5."},
      {"plus sign", number("FP32", "+1"),
       "input 'free': element 0 of data must be a finite number in the range of the type (FP32), found +1"},
      {"hexadecimal", number("FP32", "0x10"),
       "input 'free': element 0 of data must be a finite number in the range of the type (FP32), found 0x10"},
      {"a very long number", number("FP32", std::string(100, '9')),
       "input 'free': element 0 of data must be a finite number in the range of the type (FP32), found "
       "9999999999999999999999999999999999999999..."},
      {"1.0 for an integer", number("INT32", "1.0"),
       "input 'free': element 0 of data must be an integer from -2147483648 to 2147483647 (INT32), found 1.0"},
      {"1e2 for an integer", number("INT64", "1e2"),
       "input 'free': element 0 of data must be an integer from -9223372036854775808 to 9223372036854775807 (INT64), "
       "found 1e2"},
      {"true for an integer", number("INT8", "true"),
       "input 'free': element 0 of data must be an integer from -128 to 127 (INT8), found true"},
      {"over INT8", number("INT8", "128"),
       "input 'free': element 0 of data must be an integer from -128 to 127 (INT8), found 128"},
      {"under INT16", number("INT16", "-32769"),
       "input 'free': element 0 of data must be an integer from -32768 to 32767 (INT16), found -32769"},
      {"negative UINT8", number("UINT8", "-1"),
       "input 'free': element 0 of data must be an integer from 0 to 255 (UINT8), found -1"},
      {"over UINT16", number("UINT16", "65536"),
       "input 'free': element 0 of data must be an integer from 0 to 65535 (UINT16), found 65536"},
      {"over UINT32", number("UINT32", "4294967296"),
       "input 'free': element 0 of data must be an integer from 0 to 4294967295 (UINT32), found 4294967296"},
      {"over UINT64", number("UINT64", "18446744073709551616"),
       "input 'free': element 0 of data must be an integer from 0 to 18446744073709551615 (UINT64), found "
       "18446744073709551616"},
      {"over INT64", number("INT64", "9223372036854775808"),
       "input 'free': element 0 of data must be an integer from -9223372036854775808 to 9223372036854775807 (INT64), "
       "found 9223372036854775808"},
      {"2 for BOOL", number("BOOL", "2"),
       "input 'free': element 0 of data must be true or false (or 1 or 0) (BOOL), found 2"},
      {"True for BOOL", number("BOOL", "True"),
       "input 'free': element 0 of data must be true or false (or 1 or 0) (BOOL), found True"},
      {"two commas", number("INT32", "1,,2"),
       "input 'free': data has more elements than the 1 that shape [1] asks for"},
      {"trailing comma", input(R"("name":"free","datatype":"INT32","shape":[2],"data":[1,])"),
       "input 'free': element 1 of data must be an integer from -2147483648 to 2147483647 (INT32), found nothing"},
      {"no comma", input(R"("name":"free","datatype":"INT32","shape":[2],"data":[1 2])"), broken},
      {"wrong bracket", input(R"("name":"free","datatype":"INT32","shape":[2],"data":[1,2})"), broken},
  };
  auto parse = parsing();
  refuse_all(requests, parse);
}

TEST_CASE("hostile: inputs against what the model takes")
{
  auto const tensor = [](std::string_view name, std::string_view type, std::string_view shape, std::string_view text) {
    return R"({"name":")" + std::string(name) + R"(","datatype":")" + std::string(type) + R"(","shape":)" +
           std::string(shape) + R"(,"data":)" + std::string(text) + "}";
  };
  auto const inputs = [](std::string const& tensors) { return R"({"inputs":[)" + tensors + "]}"; };
  auto const x = tensor("x", "FP32", "[1,2]", "[1,2]");
  auto const n = tensor("n", "INT64", "[1]", "[1]");
  hostile const requests[] = {
      {"one missing", inputs(n), "input 'x' is missing: the model takes 'x' (FP32 [-1,2]), 'n' (INT64), 'any'"},
      {"unknown", inputs(x + "," + tensor("y", "FP32", "[1]", "[1]")),
       "unknown input 'y': the model takes 'x' (FP32 [-1,2]), 'n' (INT64), 'any'"},
      {"path trick", inputs(tensor("../x", "FP32", "[1]", "[1]")),
       "unknown input '../x': the model takes 'x' (FP32 [-1,2]), 'n' (INT64), 'any'"},
      {"long unknown name", inputs(tensor(std::string(200, 'a'), "FP32", "[1]", "[1]")),
       "unknown input 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...': the model takes 'x' (FP32 "
       "[-1,2]), 'n' (INT64), 'any'"},
      {"twice", inputs(x + "," + n + "," + x), "input 'x' is given twice"},
      {"wrong datatype", inputs(tensor("x", "FP64", "[1,2]", "[1,2]") + "," + n),
       "input 'x' has datatype FP64: the model takes FP32"},
      {"wrong rank", inputs(tensor("x", "FP32", "[2]", "[1,2]") + "," + n),
       "input 'x' has shape [2]: the model takes [-1,2] (-1: any)"},
      {"wrong dimension", inputs(tensor("x", "FP32", "[1,3]", "[1,2,3]") + "," + n),
       "input 'x' has shape [1,3]: the model takes [-1,2] (-1: any)"},
      {"scalar", inputs(tensor("x", "FP32", "[]", "[1]") + "," + n),
       "input 'x' has shape []: the model takes [-1,2] (-1: any)"},
  };
  auto parse = parsing();
  parse.known = {{"x", datatype::fp32, std::vector<std::int64_t>{-1, 2}},
                 {"n", datatype::int64, std::nullopt},
                 {"any", datatype::unknown, std::nullopt}};
  refuse_all(requests, parse);
}

} // namespace pilotlight::oip
