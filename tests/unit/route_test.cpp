#include "proxy/route/route.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace pilotlight::route;
using pilotlight::fault;

TEST_CASE("route: every endpoint, its method and its port")
{
  struct one
  {
    method how;
    std::string_view target;
    port on;
    endpoint where;
    std::string_view model;
    std::string_view version;
  };
  using enum endpoint;
  std::vector<one> const table{
      {method::get, "/v2", port::data, server_metadata, "", ""},
      {method::get, "/v2/", port::data, server_metadata, "", ""},
      {method::head, "/v2", port::data, server_metadata, "", ""},
      {method::get, "/v2/health/live", port::data, server_live, "", ""},
      {method::get, "/v2/health/ready", port::data, server_ready, "", ""},
      {method::head, "/v2/health/ready", port::data, server_ready, "", ""},
      {method::get, "/v2/models/m", port::data, model_metadata, "m", ""},
      {method::get, "/v2/models/m/versions/3", port::data, model_metadata, "m", "3"},
      {method::get, "/v2/models/m/ready", port::data, model_ready, "m", ""},
      {method::get, "/v2/models/m/versions/3/ready", port::data, model_ready, "m", "3"},
      {method::get, "/v2/models/m/config", port::data, model_config, "m", ""},
      {method::get, "/v2/models/m/versions/3/config", port::data, model_config, "m", "3"},
      {method::get, "/v2/models/m/stats", port::data, model_statistics, "m", ""},
      {method::get, "/v2/models/m/versions/3/stats", port::data, model_statistics, "m", "3"},
      {method::get, "/v2/models/stats", port::data, model_statistics, "", ""},
      {method::post, "/v2/models/m/infer", port::data, model_infer, "m", ""},
      {method::post, "/v2/models/m/versions/3/infer", port::data, model_infer, "m", "3"},
      {method::post, "/v2/models/stats/infer", port::data, model_infer, "stats", ""},
      {method::post, "/v2/models/versions/versions/versions/infer", port::data, model_infer, "versions", "versions"},
      {method::post, "/v2/models/infer/infer", port::data, model_infer, "infer", ""},
      {method::post, "/v2/repository/index", port::data, repository_index, "", ""},
      {method::get, "/v2/repository/index", port::data, repository_index, "", ""},
      {method::post, "/v2/repository/models/m/load", port::data, repository_load, "m", ""},
      {method::post, "/v2/repository/models/m/unload", port::data, repository_unload, "m", ""},
      {method::get, "/v1/models", port::admin, admin_models, "", ""},
      {method::get, "/v1/health", port::admin, admin_health, "", ""},
      {method::get, "/metrics", port::admin, admin_metrics, "", ""},
      {method::post, "/v1/models/m/scale", port::admin, admin_scale, "m", ""},
      {method::post, "/v1/models/m/versions/3/scale", port::admin, admin_scale, "m", "3"},
      // ways to write the same
      {method::post, "/v2/models/m/infer/", port::data, model_infer, "m", ""},
      {method::post, "/v2/models/m/infer?x=1", port::data, model_infer, "m", ""},
      {method::post, "/v2/models/m/infer/?x=/../..", port::data, model_infer, "m", ""},
      {method::get, "/v2?", port::data, server_metadata, "", ""},
      {method::post, "http://localhost:8080/v2/models/m/infer", port::data, model_infer, "m", ""},
      {method::get, "https://h/v2/", port::data, server_metadata, "", ""},
      {method::get, "/v2/models/a%2Db%5fc%2E1", port::data, model_metadata, "a-b_c.1", ""},
      {method::get, "/v2/models/Silero_VAD-1.0", port::data, model_metadata, "Silero_VAD-1.0", ""},
      {method::get, "/v2/models/m/versions/%33", port::data, model_metadata, "m", "3"},
      {method::get, "/v2/models/...", port::data, model_metadata, "...", ""},
  };
  for (auto const& row : table) {
    CAPTURE(std::string(row.target));
    auto const got = parse(row.how, row.target, row.on);
    if (!got) FAIL_CHECK(got.error().sentence);
    if (!got) continue;
    CHECK(static_cast<int>(got->where) == static_cast<int>(row.where));
    CHECK(got->model == row.model);
    CHECK(got->version == row.version);
    CHECK_FALSE(allowed_methods(row.target, row.on).empty());
  }
}

TEST_CASE("route: what is refused, and with which sentence")
{
  struct one
  {
    method how;
    std::string_view target;
    port on;
    fault kind;
    std::string_view part; ///< of the sentence
  };
  std::vector<one> const table{
      // nothing there
      {method::get, "/", port::data, fault::not_found, "there is nothing at '/' on the data port"},
      {method::get, "", port::data, fault::not_found, "there is nothing at ''"},
      {method::other, "*", port::data, fault::not_found, "'*'"},
      {method::get, "v2", port::data, fault::not_found, "'v2'"},
      {method::get, "/v2//", port::data, fault::not_found, "'/v2/'"},
      {method::get, "//v2", port::data, fault::not_found, "'//v2'"},
      {method::get, "/v3", port::data, fault::not_found, "'/v3'"},
      {method::get, "/V2", port::data, fault::not_found, "'/V2'"},
      {method::get, "/v2/models", port::data, fault::not_found, "'/v2/models'"},
      {method::get, "/v2/models/", port::data, fault::not_found, "'/v2/models'"},
      {method::get, "/v2/health", port::data, fault::not_found, "'/v2/health'"},
      {method::get, "/v2/health/live/x", port::data, fault::not_found, "'/v2/health/live/x'"},
      {method::post, "/v2/models/m/infer/x", port::data, fault::not_found, "'/v2/models/m/infer/x'"},
      {method::post, "/v2/models/m//infer", port::data, fault::not_found, "'/v2/models/m//infer'"},
      {method::post, "/v2/models/m/infer//", port::data, fault::not_found, "'/v2/models/m/infer/'"},
      {method::post, "/v2/models/m/Infer", port::data, fault::not_found, "'/v2/models/m/Infer'"},
      {method::get, "/v2/models/m/versions", port::data, fault::not_found, "'/v2/models/m/versions'"},
      {method::get, "/v2/models/m/versions/1/versions/2", port::data, fault::not_found, "versions/2"},
      {method::post, "/v2/models/m/../../x", port::data, fault::not_found, "'/v2/models/m/../../x'"},
      {method::post, "/v2/models/m/%69nfer", port::data, fault::not_found, "'/v2/models/m/%69nfer'"},
      {method::post, "/v2/repository/models/m", port::data, fault::not_found, "'/v2/repository/models/m'"},
      {method::post, "/v2/repository/models/m/versions/1/load", port::data, fault::not_found, "load"},
      {method::get, "/v1/models", port::data, fault::not_found, "on the data port"},
      {method::post, "/v1/models/m/scale", port::data, fault::not_found, "on the data port"},
      {method::get, "/v2", port::admin, fault::not_found, "on the admin port"},
      {method::post, "/v2/models/m/infer", port::admin, fault::not_found, "on the admin port"},
      {method::get, "http://h", port::data, fault::not_found, "'/'"},
      {method::get, "http://h?/v2", port::data, fault::not_found, "''"},
      {method::get, "ftp://h/v2", port::data, fault::not_found, "'ftp://h/v2'"},
      {method::other, "localhost:443", port::data, fault::not_found, "'localhost:443'"},
      {method::get, "/caf\xc3\xa9", port::data, fault::not_found, "'/caf%C3%A9'"},
      {method::get, "/it's\"\\\x01", port::data, fault::not_found, "'/it%27s%22%5C%01'"},
      // names that are none
      {method::post, "/v2/models//infer", port::data, fault::bad_request, "the path names an empty model name"},
      {method::get, "/v2/models/m/versions//ready", port::data, fault::bad_request, "the path names an empty version"},
      {method::post, "/v2/models/../infer", port::data, fault::bad_request, "model name '..' is not a name"},
      {method::post, "/v2/models/./infer", port::data, fault::bad_request, "model name '.' is not a name"},
      {method::post, "/v2/models/%2e%2e/infer", port::data, fault::bad_request, "model name '%2e%2e' is not a name"},
      {method::post, "/v2/models/.%2E/infer", port::data, fault::bad_request, "is not a name"},
      {method::get, "/v2/models/../../etc/passwd", port::data, fault::bad_request, "model name '..' is not a name"},
      {method::get, "/v2/models/a%2fb", port::data, fault::bad_request, "model name 'a%2fb' may have only"},
      {method::get, "/v2/models/..%2f..%2fetc%2fpasswd", port::data, fault::bad_request, "may have only"},
      {method::get, "/v2/models/a%5Cb", port::data, fault::bad_request, "may have only"},
      {method::get, "/v2/models/a\\b", port::data, fault::bad_request, "model name 'a%5Cb' may have only"},
      {method::get, "/v2/models/m%00.pt", port::data, fault::bad_request, "model name 'm%00.pt' may have only"},
      {method::get, "/v2/models/m%0d%0aX:1", port::data, fault::bad_request, "may have only"},
      {method::get, "/v2/models/%252e%252e", port::data, fault::bad_request, "may have only"},
      {method::get, "/v2/models/m%", port::data, fault::bad_request, "'%' without two hexadecimal digits"},
      {method::get, "/v2/models/m%2", port::data, fault::bad_request, "'%' without two hexadecimal digits"},
      {method::get, "/v2/models/m%zz", port::data, fault::bad_request, "'%' without two hexadecimal digits"},
      {method::get, "/v2/models/m%+1", port::data, fault::bad_request, "'%' without two hexadecimal digits"},
      {method::get, "/v2/models/m+n", port::data, fault::bad_request, "may have only letters"},
      {method::get, "/v2/models/m:1", port::data, fault::bad_request, "may have only letters"},
      {method::get, "/v2/models/m;a=b", port::data, fault::bad_request, "may have only letters"},
      {method::get, "/v2/models/m#x", port::data, fault::bad_request, "model name 'm#x'"},
      {method::get, "/v2/models/caf\xc3\xa9", port::data, fault::bad_request, "model name 'caf%C3%A9'"},
      {method::get, "/v2/models/caf%C3%A9", port::data, fault::bad_request, "may have only letters"},
      {method::get, "/v2/models/m/versions/..", port::data, fault::bad_request, "version '..' is not a name"},
      {method::get, "/v2/models/m/versions/%2e%2e/ready", port::data, fault::bad_request, "version '%2e%2e'"},
      {method::get, "/v2/models/m/versions/-%31/", port::admin, fault::not_found, "on the admin port"},
      {method::post, "/v1/models/%2e%2e/scale", port::admin, fault::bad_request, "model name '%2e%2e' is not a name"},
      {method::post, "/v2/repository/models/../load", port::data, fault::bad_request, "model name '..'"},
      // methods
      {method::get, "/v2/models/m/infer", port::data, fault::not_allowed, "'/v2/models/m/infer' takes POST only"},
      {method::head, "/v2/models/m/infer", port::data, fault::not_allowed, "takes POST only"},
      {method::other, "/v2/models/m/infer", port::data, fault::not_allowed, "takes POST only"},
      {method::post, "/v2", port::data, fault::not_allowed, "'/v2' takes GET, HEAD only"},
      {method::post, "/v2/models/stats", port::data, fault::not_allowed, "takes GET, HEAD only"},
      {method::post, "/v2/models/m", port::data, fault::not_allowed, "takes GET, HEAD only"},
      {method::other, "/v2/repository/index", port::data, fault::not_allowed, "takes GET, HEAD, POST only"},
      {method::get, "/v2/repository/models/m/load", port::data, fault::not_allowed, "takes POST only"},
      {method::get, "/v1/models/m/scale", port::admin, fault::not_allowed, "takes POST only"},
      {method::post, "/v1/health", port::admin, fault::not_allowed, "takes GET, HEAD only"},
  };
  for (auto const& row : table) {
    CAPTURE(std::string(row.target));
    auto const got = parse(row.how, row.target, row.on);
    CHECK_FALSE(got.has_value());
    if (got) continue;
    CHECK(static_cast<int>(got.error().kind) == static_cast<int>(row.kind));
    CAPTURE(got.error().sentence);
    CHECK(got.error().sentence.find(row.part) != std::string::npos);
    CHECK(allowed_methods(row.target, row.on).empty() == (row.kind != fault::not_allowed));
  }
}

TEST_CASE("route: a sentence is short and printable, however long and strange the target")
{
  std::string strange = "/v2/";
  for (int i = 0; i < 100'000; ++i)
    strange += static_cast<char>(i);
  for (auto const& target : {strange, "/v2/models/" + std::string(100'000, 'x'),
                             "/v2/models/" + std::string(100'000, '%'), std::string(100'000, '/')}) {
    auto const got = parse(method::get, target, port::data);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().sentence.size() < 800);
    CHECK(std::ranges::all_of(got.error().sentence, [](char c) { return c >= ' ' && c < 0x7f; }));
  }
}

TEST_CASE("route: a name may be 255 characters long, as a folder may")
{
  std::string const longest(255, 'm');
  CHECK(parse(method::get, "/v2/models/" + longest, port::data)->model == longest);
  auto const over = parse(method::get, "/v2/models/" + longest + "m", port::data);
  REQUIRE_FALSE(over.has_value());
  CHECK(over.error().kind == fault::bad_request);
  CHECK(over.error().sentence.ends_with("is longer than 255 characters"));
}

TEST_CASE("route: the query of the endpoints that have one")
{
  struct one
  {
    std::string_view target;
    endpoint where;
    std::string_view model, version;
    unsigned limit;
  };
  using enum endpoint;
  std::vector<one> const table{
      {"/v1/decisions", admin_decisions, "", "", 0},
      {"/v1/decisions?", admin_decisions, "", "", 0},
      {"/v1/decisions?model=m", admin_decisions, "m", "", 0},
      {"/v1/decisions/?limit=20&model=m", admin_decisions, "m", "", 20},
      {"/v1/decisions?&model=m:2&", admin_decisions, "m", "2", 0},
      {"/v1/decisions?model=a%2Db%3A2", admin_decisions, "a-b", "2", 0},
      {"/v1/decisions?limit=10000", admin_decisions, "", "", 10'000},
      {"/v1/decisions/stream", admin_decision_stream, "", "", 0},
      {"/v1/decisions/stream?model=m", admin_decision_stream, "m", "", 0},
      {"http://host/v1/autoscaling/stats", admin_scaling_stats, "", "", 0},
      {"/v1/performance", admin_performance, "", "", 0},
  };
  for (auto const& row : table) {
    CAPTURE(std::string(row.target));
    auto const got = parse(method::get, row.target, port::admin);
    if (!got) FAIL_CHECK(got.error().sentence);
    if (!got) continue;
    CHECK(got->where == row.where);
    CHECK(got->model == row.model);
    CHECK(got->version == row.version);
    CHECK(got->limit == row.limit);
  }
  CHECK(parse(method::post, "/v1/config/reload", port::admin)->where == admin_reload);
}

TEST_CASE("route: a query that is not understood is refused, naming the key")
{
  struct one
  {
    std::string_view target, says;
  };
  std::vector<one> const table{
      {"/v1/decisions?modle=m", "query key 'modle' is not known, there are: model limit"},
      {"/v1/decisions?limit", "query key 'limit' is '', allowed is a whole number from 1 to 10000"},
      {"/v1/decisions?limit=0", "query key 'limit' is '0'"},
      {"/v1/decisions?limit=10001", "query key 'limit' is '10001'"},
      {"/v1/decisions?limit=-1", "query key 'limit' is '-1'"},
      {"/v1/decisions?limit=1e3", "query key 'limit' is '1e3'"},
      {"/v1/decisions?limit=99999999999999999999", "query key 'limit' is"},
      {"/v1/decisions?limit=1&limit=2", "query key 'limit' is given twice"},
      {"/v1/decisions?model=a&model=a", "query key 'model' is given twice"},
      {"/v1/decisions?model=", "names an empty model name"},
      {"/v1/decisions?model=m:", "names an empty version"},
      {"/v1/decisions?model=..", "model name '..' is not a name"},
      {"/v1/decisions?model=a%2", "query key 'model' has a '%'"},
      {"/v1/decisions?model=a/b", "model name 'a/b' may have only"},
      {"/v1/decisions?%0a=1", "query key '%0a' is not known"},
      {"/v1/decisions/stream?limit=5", "query key 'limit' is not known, there are: model"},
      {"/v1/performance?window=60", "query key 'window' is not known here, none is"},
  };
  for (auto const& row : table) {
    CAPTURE(std::string(row.target));
    auto const got = parse(method::get, row.target, port::admin);
    REQUIRE(got.has_error());
    CHECK(got.error().kind == fault::bad_request);
    CHECK(got.error().sentence.find(row.says) != std::string::npos);
    CAPTURE(got.error().sentence);
  }
  CHECK(parse(method::post, "/v1/config/reload?now=1", port::admin).has_error());
  CHECK(parse(method::get, "/v1/models?anything=1", port::admin).has_value()); // as ever
}
