// Who gets which request, by keys, weights and zones.
#include "tests/process/proxy_load.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <fstream>
#include <numeric>

using namespace proxy_tests;

namespace {

constexpr auto keys = 40;

std::string by(std::string const& strategy)
{
  return "autoscaling.model_loader.load_balancing_strategy=" + strategy;
}

std::string key(int number)
{
  return "client-" + std::to_string(number);
}

/// Number - 1 of the instance that answers `ask`, by what the instances have served before and after.
template <class Ask>
std::size_t who_answers(proxy_process const& proxy, std::string const& model, Ask const& ask)
{
  auto const before = served(proxy, model);
  REQUIRE(ask().status == 200);
  auto after = served(proxy, model);
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < after.size(); ++i)
    after[i] -= before[i];
  REQUIRE(std::accumulate(after.begin(), after.end(), 0) == 1);
  return static_cast<std::size_t>(std::find(after.begin(), after.end(), 1) - after.begin());
}

/// Which instance each key leads to, sent in that header.
std::vector<std::size_t> placed(proxy_process const& proxy, std::string const& header = "X-Pilotlight-Key")
{
  auto all = std::vector<std::size_t>();
  for (auto i = 0; i < keys; ++i)
    all.push_back(
        who_answers(proxy, "mlp", [&] { return proxy.infer("mlp", mlp_body(), header + ": " + key(i) + "\r\n"); }));
  return all;
}

/// Instances of that model, no more and no less, that stay as they are.
void staff(proxy_process const& proxy, std::size_t count, std::string const& model = "mlp")
{
  REQUIRE(proxy.ask_admin("/v1/models/" + model + "/scale", "{\"instances\":" + std::to_string(count) + "}").status ==
          200);
  REQUIRE(eventually([&] {
    return proxy.instances(model).size() == count && proxy.model(model).at("instances").as_array().size() == count;
  }));
}

} // namespace

TEST_SUITE("proxy balancing")
{
  TEST_CASE("consistent_hash: a key keeps its instance, by header or by sequence_id; one that goes takes only its keys")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {by("consistent_hash"), "autoscaling.enabled=false"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    staff(proxy, 3);
    auto const before = placed(proxy);
    for (std::size_t which = 0; which < 3; ++which)
      CHECK(std::count(before.begin(), before.end(), which) > 3);
    CHECK(placed(proxy) == before);
    for (auto i = 0; i < 6; ++i)
      CHECK(who_answers(proxy, "mlp", [&] {
              return proxy.infer(
                  "mlp", floats_body({1, 2, 3, 4}, {1, 4}, R"(,"parameters":{"sequence_id":")" + key(i) + "\"}"));
            }) == before[static_cast<std::size_t>(i)]);

    auto const victim = proxy.instances("mlp").at(1);
    ::kill(victim, SIGKILL);
    REQUIRE(eventually([&] {
      auto const now = proxy.instances("mlp");
      return now.size() == 3 && std::find(now.begin(), now.end(), victim) == now.end();
    }));
    CHECK(placed(proxy) == before); // its successor has its number, and so its keys

    staff(proxy, 2);
    auto const there = served(proxy, "mlp");
    auto const after = placed(proxy);
    auto gone = std::size_t{2}; // number 3, unless one of the others went
    for (std::size_t which = 0; which < 3; ++which)
      if (std::find(after.begin(), after.end(), which) == after.end()) gone = which;
    for (auto i = std::size_t{0}; i < keys; ++i)
      if (before[i] != gone) CHECK(after[i] == before[i]);
  }

  TEST_CASE("hash_header: the key is in the header that it names, in no other; a reload names another")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    auto const write = [&](std::string const& header) {
      std::ofstream(file) << "[balancing]\nhash_header = \"" << header << "\"\n";
    };
    write("X-Tenant");
    auto const proxy = proxy_process(models, {by("consistent_hash"), "autoscaling.enabled=false"}, {"--config", file});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    staff(proxy, 3);
    auto const by_tenant = placed(proxy, "x-tenant");
    for (std::size_t which = 0; which < 3; ++which)
      CHECK(std::count(by_tenant.begin(), by_tenant.end(), which) > 3);
    CHECK(placed(proxy, "X-Tenant") == by_tenant);
    CHECK(placed(proxy) != by_tenant); // nobody's key
    write("X-Pilotlight-Key");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(placed(proxy) == by_tenant);
    CHECK(placed(proxy, "X-Tenant") != by_tenant);
  }

  TEST_CASE("round_robin: one after the other, and round again")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {by("round_robin"), "autoscaling.enabled=false"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    staff(proxy, 3);
    auto const turn = [&] { return who_answers(proxy, "mlp", [&] { return proxy.infer("mlp", mlp_body()); }); };
    auto last = turn();
    for (auto i = 0; i < 9; ++i) {
      auto const next = turn();
      CHECK(next == (last + 1) % 3);
      last = next;
    }
  }

  TEST_CASE("random: no order in who answers, and everybody does")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {by("random"), "autoscaling.enabled=false"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    staff(proxy, 3);
    auto turns = std::vector<std::size_t>(60);
    for (auto& one : turns)
      one = who_answers(proxy, "mlp", [&] { return proxy.infer("mlp", mlp_body()); });
    for (std::size_t which = 0; which < 3; ++which)
      CHECK(std::count(turns.begin(), turns.end(), which) >= 5); // 20 are expected
    auto again = 0;
    for (std::size_t i = 1; i < turns.size(); ++i)
      again += turns[i] == turns[i - 1];
    CHECK(again >= 5); // of 59, a third: in turn there would be none, with one favourite nearly all
    CHECK(again <= 45);
  }

  TEST_CASE("least_connections and random's two choices: who has requests inside gets none while another has none")
  {
    auto models = repository();
    models.add_odd("slow");
    for (auto const* strategy : {"least_connections", "random"}) {
      CAPTURE(strategy);
      auto const proxy = proxy_process(models, {by(strategy), "autoscaling.enabled=false", "worker.threads=1"});
      auto const short_one = [&] { return proxy.infer("slow", slow_body(1)); };
      REQUIRE(short_one().status == 200);
      staff(proxy, 2, "slow");
      auto const inside = [&](std::size_t which) {
        return proxy.model("slow").at("instances").at(which).at("in_flight").to_number<int>();
      };
      auto const long_one = send_each(proxy.port(), "/v2/models/slow/infer", slow_body(20'000), 1);
      REQUIRE(eventually([&] { return inside(0) + inside(1) == 1; }));
      auto const busy = inside(0) == 1 ? std::size_t{0} : std::size_t{1};
      for (auto i = 0; i < 10; ++i)
        CHECK(who_answers(proxy, "slow", short_one) != busy);
      CHECK(inside(busy) == 1); // it was inside all the time
      CHECK(long_one[0]->read().status == 200);
    }
  }

  TEST_CASE("zone_header: a client's zone is in the header that it names, in no other")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy =
        proxy_process(models, {by("geographic"), "autoscaling.enabled=false", "balancing.zone_header=X-Region",
                               R"(balancing.zones=[{name="north"},{name="south"}])",
                               R"(balancing.instance_zones=["north","south"])"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    staff(proxy, 2);
    auto const goes = [&](std::string const& header) {
      return who_answers(proxy, "mlp", [&] { return proxy.infer("mlp", mlp_body(), header + "\r\n"); });
    };
    for (auto i = 0; i < 3; ++i) {
      CHECK(goes("X-Region: south") == 1);
      CHECK(goes("x-region: north") == 0);
      CHECK(goes("X-Pilotlight-Zone: south") == 0); // nobody's zone: the first of equals
    }
  }

  TEST_CASE("weighted: the file's weights share requests out exactly, and a reload under way turns them round")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const weights = [&](std::string const& text) {
      models.write("mlp/model.toml", "[balancing]\nweights = " + text + "\n");
    };
    weights("[3, 1]");
    auto const proxy = proxy_process(models, {by("weighted"), "autoscaling.enabled=false"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    staff(proxy, 2);
    auto const share = [&] {
      auto before = served(proxy, "mlp");
      for (auto i = 0; i < 40; ++i)
        REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
      auto after = served(proxy, "mlp");
      return std::pair(after.at(0) - before.at(0), after.at(1) - before.at(1));
    };
    CHECK(share() == std::pair(30, 10));
    weights("[1, 3]");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    auto const [first, second] = share();
    CHECK(first <= 13); // what was owed by the old weights is paid first
    CHECK(first + second == 40);
    CHECK(share() == std::pair(10, 30));
  }

  TEST_CASE("geographic: zones by header and by network, changed under load: no request fails; a bad network is named")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    auto const reload = [&](proxy_process const& proxy, std::string const& network) {
      std::ofstream(file) << "[balancing]\nzone = \"here\"\n[[balancing.zones]]\nname = \"here\"\ncidrs = [\""
                          << network << "\"]\n[[balancing.zones]]\nname = \"there\"\n";
      return proxy.ask_admin("/v1/config/reload", "");
    };
    std::ofstream(file) << "";
    auto const proxy = proxy_process(models, {by("geographic"), "autoscaling.enabled=false"}, {"--config", file});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    staff(proxy, 2);
    auto load = steady_load(proxy, 2);
    for (auto const* network : {"127.0.0.0/8", "10.0.0.0/8", "0.0.0.0/0"}) {
      CHECK(reload(proxy, network).status == 200);
      for (auto const* zone : {"here", "there", "nowhere", ""})
        CHECK(proxy.infer("mlp", mlp_body(), "X-Pilotlight-Zone: " + std::string(zone) + "\r\n").status == 200);
    }
    auto const refused = reload(proxy, "127.0.0.1/8");
    CHECK(refused.status == 400);
    CHECK(refused.error().find("pilotlight.toml:5: 'balancing.zones.cidrs'") != std::string::npos);
    auto const before = served(proxy, "mlp");
    REQUIRE(load.more(100));
    auto const after = served(proxy, "mlp");
    for (std::size_t i = 0; i < 2; ++i)
      CHECK(after.at(i) > before.at(i)); // one zone, and both have room
    load.stop();
    CHECK(load.failed() == 0);
  }

  TEST_CASE(
      "geographic: instances of two zones: clients go home, spill over when home is full, and come back; a reload "
      "turns the zones round")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    auto const write = [&](std::string const& zones) {
      std::ofstream(file) << "[balancing]\ninstance_zones = " << zones
                          << "\n[[balancing.zones]]\nname = \"north\"\ncidrs = [\"127.0.0.0/8\"]\n"
                             "[[balancing.zones]]\nname = \"south\"\n";
    };
    write(R"(["north", "south"])");
    auto const proxy = proxy_process(models, {by("geographic"), "autoscaling.enabled=false"}, {"--config", file});
    auto const ask = [&](std::string const& zone) {
      return proxy.infer("slow", slow_body(100), zone.empty() ? "" : "X-Pilotlight-Zone: " + zone + "\r\n");
    };
    auto const goes_to = [&](std::string const& zone) { return who_answers(proxy, "slow", [&] { return ask(zone); }); };
    REQUIRE(ask("").status == 200);
    staff(proxy, 2, "slow");
    for (auto i = 0; i < 5; ++i) {
      CHECK(goes_to("") == 0); // by its address
      CHECK(goes_to("north") == 0);
      CHECK(goes_to("south") == 1);
    }

    auto const inside_home = [&] { return proxy.model("slow").at("instances").at(0).at("in_flight").to_number<int>(); };
    auto const long_ones = send_each(proxy.port(), "/v2/models/slow/infer", slow_body(20'000), 2);
    REQUIRE(eventually([&] { return inside_home() == 2; })); // as many as it takes
    CHECK(goes_to("") == 1);
    CHECK(inside_home() > 0); // it was full indeed
    for (auto const& each : long_ones)
      CHECK(each->read().status == 200);
    CHECK(goes_to("") == 0);

    auto load = steady_load(proxy, 1, "slow", slow_body(1));
    write(R"(["south", "north"])");
    CHECK(proxy.ask_admin("/v1/config/reload", "").status == 200);
    auto const before = served(proxy, "slow");
    REQUIRE(load.more(20));
    auto const after = served(proxy, "slow");
    CHECK(after.at(0) - before.at(0) <= 1); // was inside when the zones changed
    CHECK(after.at(1) - before.at(1) >= 19);
    models.write("slow/model.toml", "[balancing]\ninstance_zones = [\"north\", \"nowhere\"]\n");
    auto const refused = proxy.ask_admin("/v1/config/reload", "");
    CHECK(
        refused.body.find("'balancing.instance_zones' has \\\"nowhere\\\", but no [[balancing.zones]] has that name") !=
        std::string::npos);
    models.write("slow/model.toml", "[balancing]\ninstance_zones = [\"north\", \"south\"]\n");
    CHECK(proxy.ask_admin("/v1/config/reload", "").status == 200);
    load.stop();
    CHECK(load.failed() == 0);
    CHECK(goes_to("") == 0); // its own zones are stronger than the node's
  }
}
