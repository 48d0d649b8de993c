#include "predict_traffic.hpp"
#include "proxy/predict/company.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace pilotlight::predict;
using namespace pilotlight::predict::test;

TEST_SUITE("company")
{
  TEST_CASE("company: what others keep is known until it ends, one's own does not count")
  {
    company all;
    auto const a = all.join(), b = all.join(), c = all.join();
    CHECK_FALSE(all.others_keep(a, 100));
    all.keeps(b, 100, 160);
    CHECK(all.others_keep(a, 110));
    CHECK_FALSE(all.others_keep(b, 110));
    all.keeps(c, 120, 130);
    CHECK(all.others_keep(b, 125));
    CHECK_FALSE(all.others_keep(b, 135)); // c's has run out
    CHECK(all.others_keep(c, 159));
    CHECK_FALSE(all.others_keep(c, 160));
    CHECK(all.alone(a, 90, 200) == doctest::Approx(50));  // but for 100 to 160
    CHECK(all.alone(b, 90, 200) == doctest::Approx(100)); // but for 120 to 130
    CHECK(all.alone(c, 0, 1'000) == doctest::Approx(940));
  }

  TEST_CASE("company: who leaves keeps nothing, and the place is given away again")
  {
    company all;
    auto const a = all.join(), b = all.join();
    all.keeps(b, 10, 1'000);
    all.leave(b);
    CHECK_FALSE(all.others_keep(a, 20));
    CHECK(all.join() == b);
    CHECK_FALSE(all.others_keep(a, 30));
  }

  TEST_CASE("company: agrees with a plain list of who kept what, and forgets the oldest towards alone")
  {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> length(0, 40), gap(0, 10);
    for (int round = 0; round < 40; ++round) {
      company all;
      struct stretch
      {
        company::member who;
        double from, to;
      };
      std::vector<stretch> kept;
      for (int i = 0; i < 3; ++i)
        all.join();
      double now = 1'000;
      for (int i = 0; i < 150; ++i, now += gap(random)) {
        auto const who = static_cast<company::member>(random() % 3);
        for (auto& one : kept)
          if (one.who == who) one.to = std::min(one.to, now);
        auto const until = random() % 4 == 0 ? now : now + length(random);
        all.keeps(who, now, until);
        kept.push_back({who, now, until});
      }
      for (company::member who = 0; who < 3; ++who) {
        double alone = 0;
        constexpr double part = 0.05;
        for (double when = 1'000; when < now; when += part)
          alone += std::none_of(kept.begin(), kept.end(),
                                [&](stretch const& one) { return one.who != who && one.from <= when && when < one.to; })
                       ? part
                       : 0;
        CHECK(std::abs(all.alone(who, 1'000, now) - alone) < 0.05 * 150);
        CHECK(all.alone(who, 0, now) == doctest::Approx(all.alone(who, 1'000, now) + 1'000));
      }
    }
  }

  TEST_CASE("company: beside a model that keeps the zygote, another stays warm for longer, but is not started for it")
  {
    // Gaps with a heavy tail: the longer idle, the less likely a call.
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> share(0, 1);
    calls all;
    for (double when = monday; when < monday + 40 * day;)
      all.push_back(when += 20 * std::pow(1 - share(random), -1 / 1.1));
    auto const together = new_fleet();
    predictor model({}), other({});
    model.join(together);
    other.join(together);
    replay(model, all);
    auto const last = all.back() + 1;
    auto const warm_for = [&](bool beside) {
      model.arrived(at(last));
      auto idle = 20.0;
      for (; idle < 3'600; idle += 5) {
        if (beside) other.arrived(at(last + idle));
        if (model.advise(at(last + idle), at(last), {}).at == rung::zero) break;
      }
      return idle;
    };
    auto const alone = warm_for(false);
    other.arrived(at(last + alone + 5));
    CHECK(model.advise(at(last + alone + 5), at(last), {}).at == rung::zero);
    auto const beside = warm_for(true);
    CHECK(alone > 30);
    CHECK(beside > 1.3 * alone);
    CHECK(beside < 3'000);
  }
}
