#include "proxy/cli/measured_costs.hpp"
#include "tests/unit/show_result.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace pilotlight;
using namespace std::chrono_literals;

namespace {

std::string model(std::string const& version, int cold_starts, std::string const& service,
                  std::string const& zero = R"({"start_ms":400.5,"bytes":0})")
{
  return R"({"name":"m","version":")" + version + R"(","cold_starts":)" + std::to_string(cold_starts) +
         R"(,"service_time_us":)" + service + R"(,"costs":{"zero":)" + zero +
         R"(,"zygote":{"start_ms":200,"bytes":90},"model_zygote":{"start_ms":50,"bytes":120},)"
         R"("instance":{"start_ms":0,"bytes":140}}})";
}

std::string answer(std::string const& models)
{
  return R"({"proxy":{},"models":[)" + models + "]}";
}

} // namespace

TEST_CASE("measured costs: of the model that is meant, each rung's start and memory, and its service time")
{
  auto const both = answer(model("1", 1, "1500") + "," + model("2", 3, "250.4"));
  auto const first = cli::measured_costs(both, "m:1");
  REQUIRE(first);
  CHECK(first->service == 1500us);
  CHECK(first->start.to_answer[0] == 400'500us);
  CHECK(first->start.to_answer[2] == 50ms);
  CHECK(first->start.bytes == std::array<std::uint64_t, 4>{0, 90, 120, 140});
  CHECK(cli::measured_costs(both, "m")->service == 250us); // the newest version
}

TEST_CASE("measured costs: what was never measured is told, not made up")
{
  struct row
  {
    std::string text, name, sentence;
  };
  auto const never =
      "--measured: no request has started model 'm' since the proxy began: send it some, the first while it "
      "is at zero";
  row const rows[] = {
      {answer(model("1", 1, "10")), "other", "--measured: the proxy has no model 'other'"},
      {answer(model("1", 0, "10")), "m", never},
      {answer(model("1", 1, "0")), "m", never},
      {answer(model("1", 1, "10", "{}")), "m", "the answer is no list of models of a pilotlight"},
      {"<html>", "m", "the answer is no list of models of a pilotlight"},
  };
  for (auto const& each : rows) {
    CAPTURE(each.text);
    auto const got = cli::measured_costs(each.text, each.name);
    REQUIRE_FALSE(got);
    CHECK(got.error().sentence == each.sentence);
  }
}
