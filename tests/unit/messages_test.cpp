#include "shared/messages.hpp"
#include "tests/unit/show_result.hpp"

#include <doctest/doctest.h>

namespace pilotlight {
namespace {

template <class Body>
Body through(Body body)
{
  auto decoded = decode(encode(message(std::move(body))));
  REQUIRE(decoded);
  REQUIRE(std::holds_alternative<Body>(*decoded));
  return std::get<Body>(*decoded);
}

} // namespace

TEST_CASE("messages: each kind comes out as it went in")
{
  auto model = fork_model();
  model.key = "minilm:1";
  model.path = "/models/minilm/1/model.pt";
  model.format = "torchscript";
  model.inputs = {"ids", "mask"};
  model.constants = {{"sr", "int", "16000"}};
  model.restore_state = false;
  model.warmups = {{{"ids", "INT64", {1, 16}}}, {}};
  model.threads = 2;
  model.batch = {16, 5'000, 100'000, 1, {{"h", 2}}, {{"y", 0}, {"z", 3}}};
  auto const forked = through(model);
  CHECK(forked.key == "minilm:1");
  CHECK(forked.inputs == model.inputs);
  CHECK(forked.outputs.empty());
  REQUIRE(forked.constants.size() == 1);
  CHECK(forked.constants[0].value == "16000");
  CHECK_FALSE(forked.restore_state);
  REQUIRE(forked.warmups.size() == 2);
  CHECK(forked.warmups[0].at(0).shape == std::vector<std::int64_t>{1, 16});
  CHECK(forked.threads == 2);
  CHECK(forked.batch.max_size == 16);
  CHECK(forked.batch.delay_max_us == 5'000);
  CHECK(forked.batch.latency_target_us == 100'000);
  CHECK(forked.batch.dimension == 1);
  CHECK(forked.batch.inputs.at(0).dimension == 2);
  CHECK(forked.batch.outputs.at(1).name == "z");

  CHECK(through(fork_instance{"minilm:1/2", 3, true}).name == "minilm:1/2");
  CHECK(through(fork_instance{"minilm:1/2", 3, true}).spin);
  CHECK(through(attach{std::uint64_t{1} << 33}).request_arena_size == std::uint64_t{1} << 33);
  CHECK(through(hello{4711}).pid == 4711);
  CHECK(through(failed{"no such \"file\"\n"}).reason == "no such \"file\"\n");
  CHECK(through(notice{"not batched"}).text == "not batched");
  auto up = ready();
  up.milliseconds = 12.5;
  up.arguments = {"x"};
  CHECK(through(up).milliseconds == 12.5);
  CHECK(through(up).arguments == up.arguments);
  auto warm = warmed();
  warm.error = "shape";
  CHECK(through(warm).error == "shape");
}

TEST_CASE("messages: what is no message")
{
  struct
  {
    std::string_view text, sentence;
  } const wrong[] = {
      {"", "control message: not a JSON object"},
      {"{", "control message: not a JSON object"},
      {"[]", "control message: not a JSON object"},
      {"{}", "control message: no kind or body"},
      {R"({"kind":"hello"})", "control message: no kind or body"},
      {R"({"kind":7,"body":{}})", "control message: no kind or body"},
      {R"({"kind":"goodbye","body":{}})", "control message: unknown kind 'goodbye'"},
      {R"({"kind":"hello","body":{}})", "control message: malformed hello"},
      {R"({"kind":"hello","body":{"pid":"1"}})", "control message: malformed hello"},
      {R"({"kind":"hello","body":{"pid":99999999999}})", "control message: malformed hello"},
      {R"({"kind":"attach","body":[1]})", "control message: malformed attach"},
      {R"({"kind":"failed","body":null})", "control message: malformed failed"},
  };
  for (auto const& [text, sentence] : wrong) {
    CAPTURE(text);
    auto const decoded = decode(text);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().kind == fault::internal);
    CHECK(decoded.error().sentence == sentence);
  }
}

} // namespace pilotlight
