// What GPUs do, as far as their driver tells. With a stand-in for the driver: the library is opened as NVIDIA's would
// be.
#include "proxy/collect/gpu_usage.hpp"
#include "tests/process/proxy_load.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>

using namespace proxy_tests;
using pilotlight::collect::gpu_meter;
using pilotlight::collect::gpu_usage;

TEST_SUITE("proxy gpu")
{
  TEST_CASE("a driver that is there is asked for each device; one that does not answer keeps its place")
  {
    auto const expected = std::vector<gpu_usage>{{73, 8'000'000'000, 3'000'000'000}, {}};
    CHECK(gpu_meter(PILOTLIGHT_TEST_NVML).sample() == expected);
    CHECK(gpu_meter("libnothing-of-that-name.so.1").sample().empty());
    CHECK(gpu_meter("libc.so.6").sample().empty()); // a library, but not that one
  }

  TEST_CASE("the proxy finds the driver by its name, and shows its devices in the statistics and metrics")
  {
    auto models = repository();
    models.add_demo("mlp");
    ::setenv("LD_LIBRARY_PATH", std::filesystem::path(PILOTLIGHT_TEST_NVML).parent_path().c_str(), 1);
    auto const proxy = proxy_process(models);
    ::unsetenv("LD_LIBRARY_PATH");
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(eventually([&] { return metric(proxy, "pilotlight_gpu_used_ratio") == doctest::Approx(0.73); }));
    CHECK(metric(proxy, "pilotlight_gpu_memory_used_bytes") == 3e9);
    auto const node = client(proxy.admin()).get("/v1/performance").json().at("node");
    REQUIRE(node.at("gpus").as_array().size() == 2);
    CHECK(node.at("gpus").at(0).at("used_percent").to_number<double>() == 73);
    CHECK(node.at("gpus").at(1).at("used_percent").is_null());
    auto const text = client(proxy.admin()).get("/metrics").body;
    CHECK(text.find("pilotlight_gpu_used_ratio{gpu=\"0\"}") != std::string::npos);
    CHECK(text.find("pilotlight_gpu_used_ratio{gpu=\"1\"}") == std::string::npos);
  }
}
