#include "proxy/pool/slab.hpp"

#include <doctest/doctest.h>
#include <set>

using pilotlight::pool::phase;
using pilotlight::pool::slab;

TEST_CASE("slab: a request is found by its id, and only while it is there")
{
  auto requests = slab();
  auto& one = requests.take();
  auto const id = one.id;
  CHECK(id != 0);
  CHECK(one.phase == phase::admitted);
  CHECK(requests.find(id) == &one);
  requests.put_back(one);
  CHECK(requests.find(id) == nullptr);
}

TEST_CASE("slab: a reused place has another id, so a stale one finds nothing")
{
  auto requests = slab();
  auto& first = requests.take();
  auto const stale = first.id;
  requests.put_back(first);
  auto& second = requests.take();
  CHECK(&second == &first);
  CHECK(second.id != stale);
  CHECK(requests.find(stale) == nullptr);
  CHECK(requests.find(second.id) == &second);
}

TEST_CASE("slab: ids are distinct and places stay where they are")
{
  auto requests = slab();
  auto ids = std::set<std::uint64_t>();
  auto places = std::vector<pilotlight::pool::pending*>();
  for (auto i = 0; i < 1000; ++i) {
    auto& request = requests.take();
    ids.insert(request.id);
    places.push_back(&request);
  }
  CHECK(ids.size() == 1000);
  CHECK(requests.size() == 1000);
  for (auto* place : places)
    CHECK(requests.find(place->id) == place);
}

TEST_CASE("slab: nonsense from a worker's ring finds nothing")
{
  auto requests = slab();
  CHECK(requests.find(0) == nullptr);
  (void)requests.take();
  for (auto const id : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 63})
    CHECK(requests.find(id) == nullptr);
}
