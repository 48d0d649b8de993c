#include "proxy/control/watched.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::control;

TEST_CASE("watched model: another load takes over nothing that a canary has said of the one before")
{
  auto seen = watched_model();
  CHECK_FALSE(seen.loaded_by(100));
  seen.book.emplace(pilotlight::health::canary(), std::nullopt);
  seen.accuracy = 0;
  seen.asked_disk = seen.disk_answered = true;
  CHECK(seen.loaded_by(200));
  CHECK(seen.loaded == 200);
  CHECK_FALSE(seen.accuracy);
  CHECK_FALSE(seen.book);
  CHECK_FALSE(seen.asked_disk);
  CHECK_FALSE(seen.disk_answered);
}
