#include "proxy/repository/fits_file.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;

TEST_CASE("fits file: what forward() would refuse is told before any process starts")
{
  struct row
  {
    char const* what;
    std::vector<std::string> inputs;
    std::vector<constant_argument> constants;
    char const* sentence;
  };
  auto const described = signature{"m:1",
                                   {},
                                   {{"x", "tensor", false},
                                    {"y", "tensor", true},
                                    {"scale", "float", false},
                                    {"count", "int", true},
                                    {"flip", "bool", true},
                                    {"mode", "string", true},
                                    {"odd", "unsupported: Device", true}},
                                   {},
                                   false,
                                   {}};
  auto const takes = "it takes x (tensor), y (tensor), scale (float), count (int), flip (bool), mode (string)";
  for (auto const& [what, inputs, constants, sentence] : std::initializer_list<row>{
           {"nothing said", {}, {}, ""},
           {"as many", {"a", "b"}, {}, ""},
           {"one too many",
            {"a", "b", "c"},
            {},
            "/r/m/model.toml: 'inputs' names 3 tensors; forward() takes 2: x (tensor), y (tensor), scale (float), "
            "count "
            "(int), flip (bool), mode (string)"},
           {"each of its type",
            {},
            {{"scale", "float", "2.5"}, {"count", "int", "2"}, {"flip", "bool", "true"}, {"mode", "string", "a"}},
            ""},
           {"an int where a float is wanted, and a whole float for an int",
            {},
            {{"scale", "int", "2"}, {"count", "float", "2.0"}},
            ""},
           {"half a count",
            {},
            {{"count", "float", "2.5"}},
            "/r/m/model.toml: 'arguments.count' is of type float; "
            "forward() wants int"},
           {"another type",
            {},
            {{"flip", "int", "1"}},
            "/r/m/model.toml: 'arguments.flip' is of type int; forward() "
            "wants bool"},
           {"a tensor", {}, {{"x", "int", "1"}}, "no such argument"},
           {"what no request can carry", {}, {{"odd", "string", "cpu"}}, "no such argument"},
           {"nothing of that name", {}, {{"nope", "int", "1"}}, takes},
       }) {
    CAPTURE(what);
    auto spec = model_spec();
    spec.path = "/r/m/1/model.pt";
    for (auto const& each : inputs)
      spec.toml.inputs.push_back({each, datatype::fp32, std::nullopt});
    spec.toml.constants = constants;
    auto const told = misfit_of(spec, described);
    if (*sentence == 0)
      CHECK(told.empty());
    else
      CHECK_MESSAGE(told.find(sentence) != std::string::npos, told);
    CHECK(misfit_of(spec, signature()).empty()); // not described yet
    spec.format = model_format::aotinductor;
    CHECK(misfit_of(spec, described).empty());
  }
}
