// Stateful models, both ways: restored before each request by default, or an instance for each sequence.
#include "tests/process/proxy_process.hpp"

#include <csignal>
#include <doctest/doctest.h>

using namespace proxy_tests;

namespace {

std::string chunk(int seed, std::string const& parameters = {})
{
  auto values = std::vector<float>(512);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((static_cast<int>(i) * (seed + 3)) % 17) / 17.0f - 0.5f;
  return floats_body(values, {1, 512}, parameters.empty() ? "" : ",\"parameters\":{" + parameters + "}");
}

std::string of_sequence(std::string const& id, std::string const& more = {})
{
  return "\"sequence_id\":\"" + id + "\"" + (more.empty() ? "" : "," + more);
}

double probability(reply const& got)
{
  REQUIRE_MESSAGE(got.status == 200, got.body);
  return got.json().at("outputs").at(0).at("data").at(0).to_number<double>();
}

repository sequence_model()
{
  auto models = repository();
  models.add_demo("silero_vad_seq");
  return models;
}

} // namespace

TEST_SUITE("proxy stateful tsan")
{
  TEST_CASE("by default the same input has the same answer, on every instance and after a death")
  {
    auto models = repository();
    models.add_demo("silero_vad");
    auto const proxy = proxy_process(models);
    auto const first = probability(proxy.infer("silero_vad", chunk(1)));
    CHECK(probability(proxy.infer("silero_vad", chunk(2))) != first);
    CHECK(probability(proxy.infer("silero_vad", chunk(1))) == first);
    REQUIRE(proxy.ask_admin("/v1/models/silero_vad/scale", R"({"instances":2})").status == 200);
    CHECK(eventually([&] { return proxy.instances("silero_vad").size() == 2; }));
    for (auto i = 0; i < 6; ++i)
      CHECK(probability(proxy.infer("silero_vad", chunk(1))) == first);
    for (auto const one : proxy.instances("silero_vad"))
      ::kill(one, SIGKILL);
    CHECK(probability(proxy.infer("silero_vad", chunk(1))) == first);
  }

  TEST_CASE("two interleaved sequences are each as if alone")
  {
    auto const models = sequence_model();
    auto const proxy = proxy_process(models);
    auto const run = [&](std::string const& id, int seed, int step) {
      return probability(
          proxy.infer("silero_vad_seq", chunk(seed + step, of_sequence(id, step == 0   ? "\"sequence_start\":true"
                                                                           : step == 3 ? "\"sequence_end\":true"
                                                                                       : ""))));
    };
    auto alone_a = std::vector<double>(), alone_b = alone_a, a = alone_a, b = alone_a;
    for (auto step = 0; step < 4; ++step)
      alone_a.push_back(run("a", 1, step));
    for (auto step = 0; step < 4; ++step)
      alone_b.push_back(run("b", 7, step));
    for (auto step = 0; step < 4; ++step) {
      a.push_back(run("a", 1, step));
      b.push_back(run("b", 7, step));
    }
    CHECK(a == alone_a);
    CHECK(b == alone_b);
    CHECK(eventually([&] { return proxy.instances("silero_vad_seq").empty(); })); // both have ended
  }

  TEST_CASE("a lost sequence is told so, an unknown one is asked to start")
  {
    auto const models = sequence_model();
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("silero_vad_seq", chunk(1, of_sequence("a", "\"sequence_start\":true"))).status == 200);
    auto const instance = proxy.instances("silero_vad_seq");
    REQUIRE(instance.size() == 1);
    ::kill(instance[0], SIGKILL);
    CHECK(eventually([&] { return !alive(instance[0]); }));
    auto const lost = proxy.infer("silero_vad_seq", chunk(1, of_sequence("a")));
    CHECK(lost.status == 410);
    CHECK(lost.error().find("sequence 'a' is lost") != std::string::npos);
    auto const unknown = proxy.infer("silero_vad_seq", chunk(1, of_sequence("b")));
    CHECK(unknown.status == 400);
    CHECK(unknown.error().find("sequence_start") != std::string::npos);
    CHECK(proxy.infer("silero_vad_seq", chunk(1)).status == 400);
    // It may begin again, in the state of a fresh load.
    CHECK(proxy.infer("silero_vad_seq", chunk(1, of_sequence("a", "\"sequence_start\":true"))).status == 200);
  }

  TEST_CASE("an idle sequence gives its instance back and is lost")
  {
    auto models = repository();
    models.add_demo("silero_vad_seq");
    models.write("silero_vad_seq/model.toml",
                 "stateful = \"sequence\"\nsequence_idle_timeout = 0.3\n[arguments]\nsr = 16000\n");
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("silero_vad_seq", chunk(1, of_sequence("a", "\"sequence_start\":true"))).status == 200);
    CHECK(proxy.instances("silero_vad_seq").size() == 1);
    CHECK(eventually([&] { return proxy.instances("silero_vad_seq").empty(); }, 3s));
    auto const late = proxy.infer("silero_vad_seq", chunk(1, of_sequence("a")));
    CHECK(late.status == 410);
    CHECK(late.error().find("sequence_idle_timeout") != std::string::npos);
  }

  TEST_CASE("more sequences than max_instances_per_model are held until one ends")
  {
    auto const models = sequence_model();
    auto const proxy = proxy_process(models, {"autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("silero_vad_seq", chunk(1, of_sequence("a", "\"sequence_start\":true"))).status == 200);
    auto second = client(proxy.port());
    second.post("/v2/models/silero_vad_seq/infer", chunk(1, of_sequence("b", "\"sequence_start\":true")));
    std::this_thread::sleep_for(200ms);
    CHECK(proxy.model("silero_vad_seq").at("held").as_int64() == 1);
    CHECK(proxy.infer("silero_vad_seq", chunk(2, of_sequence("a", "\"sequence_end\":true"))).status == 200);
    CHECK(second.read().status == 200);
  }

  TEST_CASE("a sequence whose first request was given up while it waited is lost, not begun by its second")
  {
    auto const models = sequence_model();
    auto const proxy = proxy_process(models, {"autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("silero_vad_seq", chunk(1, of_sequence("a", "\"sequence_start\":true"))).status == 200);
    auto first = client(proxy.port());
    first.post("/v2/models/silero_vad_seq/infer", chunk(1, of_sequence("b", "\"sequence_start\":true")),
               "X-Request-Timeout-Ms: 300\r\n");
    REQUIRE(eventually([&] { return proxy.model("silero_vad_seq").at("held").as_int64() == 1; }));
    auto second = client(proxy.port());
    second.post("/v2/models/silero_vad_seq/infer", chunk(2, of_sequence("b")));
    CHECK(first.read().status == 504);
    REQUIRE(proxy.infer("silero_vad_seq", chunk(2, of_sequence("a", "\"sequence_end\":true"))).status == 200);
    auto const answer = second.read();
    CHECK(answer.status == 410);
    CHECK(answer.error().find("sequence 'b' is lost: one of its requests was given up before it ran") !=
          std::string::npos);
    CHECK(proxy.infer("silero_vad_seq", chunk(1, of_sequence("b", "\"sequence_start\":true"))).status == 200);
  }

  TEST_CASE("a sequence whose instance is killed with a request inside: that request is told, and not run again")
  {
    auto const models = sequence_model();
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("silero_vad_seq", chunk(1, of_sequence("a", "\"sequence_start\":true"))).status == 200);
    REQUIRE(proxy.infer("silero_vad_seq", chunk(1, of_sequence("b", "\"sequence_start\":true"))).status == 200);
    auto const all = proxy.model("silero_vad_seq");
    auto of_a = pid_t{0};
    for (auto const& each : all.at("instances").as_array())
      if (each.at("sequence").as_string() == "a") of_a = static_cast<pid_t>(each.at("pid").as_int64());
    REQUIRE(of_a != 0);
    ::kill(of_a, SIGSTOP);
    auto const inside = proxy.send("silero_vad_seq", chunk(1, of_sequence("a")), 1);
    CHECK(eventually([&] { return proxy.model("silero_vad_seq").at("in_flight").as_int64() == 1; }));
    ::kill(of_a, SIGKILL);
    auto const answer = inside[0]->read();
    CHECK(answer.status == 410);
    CHECK(answer.error().find("sequence 'a' is lost") != std::string::npos);
    CHECK(proxy.infer("silero_vad_seq", chunk(1, of_sequence("b"))).status == 200); // unharmed
  }

  TEST_CASE("a sequence_id for a stateful model that keeps no state is refused, not ignored")
  {
    auto models = repository();
    models.add_odd("counter");
    auto const proxy = proxy_process(models);
    auto const known = [&] { return proxy.infer("counter", floats_body({1, 2, 3, 4}, {1, 4})).status == 200; };
    REQUIRE(eventually(known));
    auto const refused = [&] {
      return proxy.infer("counter", floats_body({1, 2, 3, 4}, {1, 4}, R"(,"parameters":{"sequence_id":7})"));
    };
    REQUIRE(eventually([&] { return refused().status == 400; })); // as soon as the description is there
    CHECK(refused().error().find("stateful = \"sequence\"") != std::string::npos);
  }
}
