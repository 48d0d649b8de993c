#include "proxy/simulate/read_trace.hpp"
#include "proxy/simulate/trace_header.hpp"
#include "proxy/simulate/trace_time.hpp"
#include "tests/unit/show_result.hpp"

#include <doctest/doctest.h>
#include <sstream>

using namespace pilotlight;
using namespace pilotlight::simulate;
using namespace std::chrono_literals;

namespace {

result<trace> read(std::string const& text)
{
  auto from = std::istringstream(text);
  return read_trace(from, "calls.csv");
}

} // namespace

TEST_SUITE("simulate: trace")
{
  TEST_CASE("times are calendar moments or seconds, and nothing else")
  {
    CHECK(parse_time("1970-01-01 00:00:01.5") == instant(1'500ms));
    CHECK(parse_time("1970-01-02T00:00:00Z") == instant(24h));
    CHECK(parse_time("2024-02-29 23:59:59.9799600").has_value());
    CHECK(parse_time("57.15784") == instant(57'157'840us));
    CHECK(parse_time("-1") == instant(-1s));
    for (auto const* bad : {"", "yesterday", "2023-02-29 00:00:00", "2023-01-01 24:00:00", "2023-01-01",
                            "2023-01-01 00:00:00.", "2023-1-1 00:00:00", "1e300", "nan", "2023-01-01 00:00:00 x"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_time(bad).has_value());
    }
  }

  TEST_CASE("single arrivals of several models, in any order of lines")
  {
    auto const found = read("time,model\n1970-01-01 00:00:09,b\n1970-01-01 00:00:03,a\n1970-01-01 00:00:01,a\n");
    REQUIRE(found);
    REQUIRE(found->models.size() == 2);
    CHECK(found->models[0].name == "a");
    CHECK(found->models[0].stretches == std::vector<stretch>{{instant(1s), 0s, 1}, {instant(3s), 0s, 1}});
    CHECK(found->requests == 3);
    CHECK(found->begin == instant(1s));
    CHECK(found->end > instant(9s));
  }

  TEST_CASE("the file names the model where no column does, and other columns are passed over")
  {
    auto const found = read("TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:17:03.9799600,4808,10\r\n");
    REQUIRE(found);
    CHECK(found->models.at(0).name == "calls");
    CHECK(found->models[0].stretches.at(0).length == 0s);
  }

  TEST_CASE("counts per interval: its length is the least distance of two starts, gaps count nothing")
  {
    auto const found = read("interval_start,model,requests\n0,a,4\n0,b,1\n900,a,2\n1200,a,0\n1200,b,7\n");
    REQUIRE(found);
    CHECK(found->models[0].stretches == std::vector<stretch>{{instant(0s), 300s, 4}, {instant(900s), 300s, 2}});
    CHECK(found->models[1].requests == 8);
    CHECK(found->end == instant(1'500s));
  }

  TEST_CASE("counts per minute: the header tells the length; two lines of one minute add up")
  {
    auto const found = read("minute,requests\n3600,2\n0,1\n3600,5\n");
    REQUIRE(found);
    CHECK(found->models[0].stretches == std::vector<stretch>{{instant(0s), 60s, 1}, {instant(3'600s), 60s, 7}});
  }

  TEST_CASE("a line for each model with a column for each minute")
  {
    auto const found = read("HashOwner,HashApp,HashFunction,Trigger,1,2,3\no,p,f,queue,5,0,1\no,p,g,timer,0,0,0\n");
    REQUIRE(found);
    CHECK(found->models[0].name == "f");
    CHECK(found->models[0].stretches == std::vector<stretch>{{instant(0s), 60s, 5}, {instant(120s), 60s, 1}});
    CHECK(found->models[1].requests == 0);
    CHECK(found->seconds() == 180);
  }

  TEST_CASE("requests that ended came their duration earlier")
  {
    auto const found = read("app,func,end_timestamp,duration\nx,f,57.15,57.15\nx,f,0.25,0.125\n");
    REQUIRE(found);
    CHECK(found->models[0].stretches == std::vector<stretch>{{instant(0s), 0s, 1}, {instant(125ms), 0s, 1}});
  }

  TEST_CASE("what is wrong is told with file, line and what is expected")
  {
    struct one
    {
      char const* text;
      char const* sentence;
    };
    one const table[] = {
        {"", "calls.csv:1: the file is empty; expected is a header line"},
        {"time,time\n1,2\n", "calls.csv:1: column 'time' is there twice; known headers: "},
        {"a,b\n1,2\n", "calls.csv:1: no column tells the time; known headers: "},
        {"minute\n1\n", "calls.csv:1: the column 'minute' needs one named 'requests'"},
        {"func,end_timestamp\nf,1\n", "calls.csv:1: the column 'end_timestamp' needs one named 'duration'"},
        {"model,1,3\nf,1,1\n", "calls.csv:1: column 3 is '3' where minute 2 is expected"},
        {"time,model\n1,a\n2\n", "calls.csv:3: 1 field; expected are 2, as in the header"},
        {"time,model\n1,a\nsoon,a\n", "calls.csv:3: the time is 'soon'; expected is YYYY-MM-DD HH:MM:SS"},
        {"time,model\n1,\"a\n", "calls.csv:2: a double quote stands alone: a whole field is quoted, or nothing of it"},
        {"time,model\n1,b\"a\"\n", "calls.csv:2: a double quote stands alone"},
        {"time,model\n\"1\"2,a\n", "calls.csv:2: after a field in double quotes a comma is expected"},
        {"time,model\n1,\n", "calls.csv:2: the name of the model is empty"},
        {"minute,requests\n0,1\n60,-1\n", "calls.csv:3: the count of requests is '-1'; expected is a whole number"},
        {"minute,requests\n0,10000000\n60,999999999999\n",
         "calls.csv:3: the count of requests is '999999999999'; expected is a whole number from 0 to 10000000"},
        {"func,1,2\nf,1,10000001\n", "calls.csv:2: the count of minute 2 is '10000001'; expected is a whole number"},
        {"minute,requests\n0,1.5\n", "calls.csv:2: the count of requests is '1.5'"},
        {"func,1,2\nf,1,x\n",
         "calls.csv:2: the count of minute 2 is 'x'; expected is a whole number from 0 to 10000000"},
        {"func,end_timestamp,duration\nf,1,-2\n",
         "calls.csv:2: the duration is '-2'; expected are seconds, at least 0"},
        {"time,model\n", "'calls.csv' holds no request after its header line"},
    };
    for (auto const& [text, sentence] : table) {
      CAPTURE(text);
      auto const found = read(text);
      REQUIRE_FALSE(found);
      CHECK_MESSAGE(found.error().sentence.find(sentence) == 0, found.error().sentence);
    }
    CHECK(read_trace("/no/such/file.csv").error().sentence.find("'/no/such/file.csv' cannot be opened") !=
          std::string::npos);
    CHECK(read_trace("/").error().sentence.find("is a folder") != std::string::npos);
  }
}
