#include "predict_traffic.hpp"
#include "proxy/predict/blob.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::predict;
using namespace pilotlight::predict::test;

namespace {

predictor learned_one()
{
  predictor model({});
  replay(model, by_chance([](double when) { return (1 + std::sin(when / 13'750)) / 120; }, 1 / 60.0, 9, 7));
  return model;
}

/// Everything it can be asked, so that a sanitizer sees what a bad value would do.
void ask(predictor& model)
{
  auto const now = monday + 20 * day;
  for (int i = 0; i < 30; ++i) {
    auto const when = at(now + i * 700);
    model.arrived(when);
    auto const rest = model.advise(when + std::chrono::seconds(60), when, {});
    CHECK(rest.until > when);
    CHECK(rest.chance >= 0);
    CHECK(rest.chance <= 1);
    auto const seen = model.expect(when, std::chrono::minutes(30));
    CHECK(std::isfinite(seen.rate));
    CHECK(seen.rate >= -1);
    CHECK_FALSE(pattern(model.named()) > pattern::steady);
  }
}

} // namespace

TEST_SUITE("blob")
{
  TEST_CASE("blob: what is sealed is unsealed, and no byte may differ")
  {
    for (std::string const& body :
         {std::string{}, std::string(700, '\0'), std::string("\0\1\0\0\2", 5), std::string(300, 'x')}) {
      auto const blob = seal(body);
      auto const back = unseal(blob);
      REQUIRE(back);
      CHECK(*back == body);
      for (std::size_t i = 0; i < blob.size(); ++i) {
        auto broken = blob;
        broken[i] = static_cast<char>(broken[i] ^ 0x10);
        CHECK_FALSE(unseal(broken));
        CHECK_FALSE(unseal(blob.substr(0, i)));
      }
    }
  }

  TEST_CASE("blob: a saved predictor comes back saying the same, in a few KiB")
  {
    auto model = learned_one();
    auto const blob = model.save();
    CHECK(blob.size() < 8 * 1'024);
    auto back = predictor::restore(blob, {});
    CHECK(back.named() == model.named());
    auto const now = at(monday + 9 * day + 120);
    auto const idle = at(monday + 9 * day);
    for (int ahead = 0; ahead < 900; ahead += 60) {
      auto const later = now + std::chrono::seconds(ahead);
      CHECK(back.advise(later, idle, {}).at == model.advise(later, idle, {}).at);
    }
    auto const again = predictor::restore(back.save(), {});
    CHECK(again.named() == model.named());
  }

  TEST_CASE("blob: truncated, flipped or random bytes give a fresh predictor")
  {
    auto const blob = learned_one().save();
    std::mt19937_64 random(1);
    for (int i = 0; i < 300; ++i) {
      auto broken = blob;
      if (i % 3 == 0) broken.resize(random() % blob.size());
      if (i % 3 == 1) broken[random() % blob.size()] ^= static_cast<char>(1U << random() % 8);
      if (i % 3 == 2)
        for (auto& byte : broken)
          byte = static_cast<char>(random());
      CHECK(predictor::restore(broken, {}).named() == pattern::unknown);
    }
    CHECK(predictor::restore({}, {}).named() == pattern::unknown);
  }

  TEST_CASE("blob: even a well sealed body of hostile values harms nothing")
  {
    auto const body = unseal(learned_one().save());
    REQUIRE(body);
    std::mt19937_64 random(2);
    for (int i = 0; i < 200; ++i) {
      auto broken = *body;
      for (int flips = 1 + i % 40; flips > 0; --flips)
        broken[random() % broken.size()] = static_cast<char>(i % 2 == 0 ? random() : 0xff);
      auto model = predictor::restore(seal(broken), {});
      ask(model);
    }
    for (int i = 0; i < 50; ++i) {
      std::string noise(body->size(), '\0');
      for (auto& byte : noise)
        byte = static_cast<char>(random());
      auto model = predictor::restore(seal(noise), {});
      ask(model);
    }
  }

  TEST_CASE("blob: accounts of another delay are not taken over")
  {
    auto const blob = learned_one().save();
    predictor_settings other;
    other.delay = std::chrono::seconds(60);
    auto const model = predictor::restore(blob, other);
    auto const rest = model.advise(at(monday + 9 * day + 20), at(monday + 9 * day), {});
    CHECK_FALSE(rest.learned);
  }
}
