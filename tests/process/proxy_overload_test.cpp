// More load than capacity: bounded, told at once, and whoever was accepted keeps his place.
#include "tests/process/proxy_process.hpp"

#include <doctest/doctest.h>

using namespace proxy_tests;

TEST_SUITE("proxy overload tsan")
{
  TEST_CASE("more than the hold: 503 with Retry-After at once for the rest, the accepted ones are answered")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy =
        proxy_process(models, {"hold.max_requests=4", "autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const clients = proxy.send("slow", slow_body(1'000), 30);
    auto answered = 0, refused = 0;
    for (auto const& each : clients) {
      auto const got = each->read();
      answered += got.status == 200;
      refused += got.status == 503 && got.headers.contains("retry-after");
    }
    CHECK(answered + refused == 30);
    CHECK(answered >= 4);
    CHECK(refused >= 10);
  }

  TEST_CASE("the hold is bounded in bytes too, and a cold start's refusal says when to come again")
  {
    auto models = repository();
    models.add_demo("minilm");
    auto const proxy = proxy_process(models, {"hold.max_bytes=2 MiB", "listen.max_body_bytes=1 MiB"});
    auto ids = std::string(), ones = std::string();
    for (auto i = 0; i < 512; ++i) {
      ids += i ? ",101" : "101";
      ones += i ? ",1" : "1";
    }
    auto const body = R"({"inputs":[{"name":"input_ids","datatype":"INT64","shape":[1,512],"data":[)" + ids +
                      R"(]},{"name":"attention_mask","datatype":"INT64","shape":[1,512],"data":[)" + ones + "]}]" +
                      std::string(700'000, ' ') + "}";
    auto const held = proxy.send("minilm", body, 6);
    auto answered = 0, refused = 0;
    for (auto const& each : held) {
      auto const got = each->read();
      answered += got.status == 200;
      if (got.status != 503) continue;
      ++refused;
      CHECK(got.error().find("hold.max_bytes") != std::string::npos);
      CHECK(std::stoi(got.headers.at("retry-after")) >= 1);
    }
    CHECK(answered == 2);
    CHECK(refused == 4);
  }

  TEST_CASE("a refusal comes at once while accepted requests still wait")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy =
        proxy_process(models, {"hold.max_requests=2", "autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("slow", slow_body(3'000)).status == 200); // known to be slow: two in the ring
    auto const accepted = proxy.send("slow", slow_body(3'000), 4);
    CHECK(eventually([&] { return proxy.model("slow").at("held").as_int64() == 2; }));
    auto const start = clock::now();
    auto const refused = proxy.infer("slow", slow_body(1));
    CHECK(refused.status == 503);
    CHECK(refused.headers.contains("retry-after"));
    CHECK(clock::now() - start < 100ms);
    for (auto const& each : accepted)
      CHECK(each->read().status == 200);
    CHECK(proxy.infer("slow", slow_body(1)).status == 200); // room again
  }
}
