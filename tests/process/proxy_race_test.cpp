// The race of going to zero with a new request, thousands of times.
#include "tests/process/proxy_process.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace proxy_tests;

namespace {

// Sanitized builds are ten times as slow; the full count is the release build's.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr auto races = 300;
#else
constexpr auto races = 5'000;
#endif

} // namespace

TEST_SUITE("proxy race")
{
  TEST_CASE("a request that comes while the model goes to zero is never lost: 5,000 times")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.add_demo("identity");
    // Identity stays, and with it the zygote, so that a start costs a fork and a load.
    models.write("identity/model.toml", "[autoscaling.zero_scaling]\nscale_to_zero_delay = 3600.0\n");
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.scale_to_zero_delay=0.002", "log.level=error",
                                              "autoscaling.model_loader.model_warmup_enabled=false"});
    REQUIRE(proxy.infer("identity", mlp_body()).status == 200);
    auto const body = mlp_body();
    auto random = std::mt19937(1);
    auto one = client(proxy.port());
    auto answered = 0, cold = 0;
    for (auto i = 0; i < races; ++i) {
      auto const got = one.ask("/v2/models/mlp/infer", body);
      answered += got.status == 200;
      cold += got.headers.contains("x-pilotlight-cold-start");
      // About the idle delay: before it, at it, while the processes are ending, after.
      std::this_thread::sleep_for(std::chrono::microseconds(1'500 + random() % 2'000));
    }
    CHECK(answered == races);
    MESSAGE("cold starts: ", cold, " of ", races);
    CHECK(cold > races / 50);
    CHECK(cold < races);
  }
}
