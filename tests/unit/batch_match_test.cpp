#include "worker/batch_match.hpp"

#include "shared/segment.hpp"

#include <algorithm>
#include <deque>
#include <doctest/doctest.h>
#include <random>
#include <ranges>
#include <string>

using namespace pilotlight;
using namespace pilotlight::worker;

namespace {

tensor_entry tensor(std::string_view name, datatype type, std::vector<std::int64_t> const& shape)
{
  auto entry = tensor_entry();
  entry.name = name;
  entry.type = type;
  entry.shape.assign(shape.begin(), shape.end());
  return entry;
}

tensor_table table(std::vector<tensor_entry> const& tensors, std::vector<argument_entry> const& arguments = {})
{
  auto made = tensor_table();
  made.tensors.assign(tensors.begin(), tensors.end());
  made.arguments.assign(arguments.begin(), arguments.end());
  return made;
}

tensor_table rows(std::int64_t count, std::int64_t width = 4)
{
  return table({tensor("x", datatype::fp32, {count, width})});
}

argument_entry real(std::string_view name, double value)
{
  auto entry = argument_entry();
  entry.name = name;
  entry.kind = argument_kind::real;
  entry.real = value;
  return entry;
}

argument_entry text(std::string_view name, std::string_view value)
{
  auto entry = argument_entry();
  entry.name = name;
  entry.kind = argument_kind::string;
  entry.string = value;
  return entry;
}

auto const first_dimension = batch_axes(0, {});

/// Tables that stay where they are, as candidates.
struct line
{
  void add(tensor_table made, batch_axes const& axes = first_dimension)
  {
    tables.push_back(std::move(made));
    waiting.push_back({&tables.back(), rows_of(tables.back(), axes)});
  }
  selection choose(std::int64_t max_rows, batch_axes const& axes = first_dimension) const
  {
    auto chosen = selection();
    worker::choose(waiting, max_rows, axes, chosen);
    return chosen;
  }
  std::deque<tensor_table> tables;
  std::vector<candidate> waiting;
};

using places = std::vector<std::size_t>;

} // namespace

TEST_CASE("batch match: rows are what all inputs agree on along their batch dimension")
{
  CHECK(rows_of(rows(3), first_dimension) == 3);
  auto const x = tensor("x", datatype::fp32, {2, 5});
  CHECK(rows_of(table({x, tensor("y", datatype::int64, {2})}), first_dimension) == 2);
  CHECK(rows_of(table({x, tensor("y", datatype::int64, {3})}), first_dimension) == 0);
  CHECK(rows_of(table({x, tensor("y", datatype::int64, {})}), first_dimension) == 0); // a scalar has no rows
  CHECK(rows_of(rows(0), first_dimension) == 0);
  CHECK(rows_of(table({}), first_dimension) == 0);
  CHECK(rows_of(table({x, tensor("h", datatype::fp32, {1, 2, 8})}), batch_axes(0, {{"h", 1}})) == 2);
  CHECK(rows_of(table({x}), batch_axes(1, {})) == 5);
  CHECK(rows_of(table({x}), batch_axes(2, {})) == 0);
}

TEST_CASE("batch match: only what differs in nothing but its rows fits")
{
  auto const x = tensor("x", datatype::fp32, {1, 4});
  auto const base = table({x, tensor("y", datatype::int64, {1})}, {real("a", 1)});
  struct
  {
    char const* title;
    tensor_table other;
    bool fits;
  } const cases[] = {
      {"the same", base, true},
      {"more rows", table({tensor("x", datatype::fp32, {7, 4}), tensor("y", datatype::int64, {7})}, {real("a", 1)}),
       true},
      {"another width", table({tensor("x", datatype::fp32, {1, 5}), tensor("y", datatype::int64, {1})}, {real("a", 1)}),
       false},
      {"another datatype",
       table({tensor("x", datatype::fp64, {1, 4}), tensor("y", datatype::int64, {1})}, {real("a", 1)}), false},
      {"another rank",
       table({tensor("x", datatype::fp32, {1, 4, 1}), tensor("y", datatype::int64, {1})}, {real("a", 1)}), false},
      {"another name", table({tensor("z", datatype::fp32, {1, 4}), tensor("y", datatype::int64, {1})}, {real("a", 1)}),
       false},
      {"one input less", table({x}, {real("a", 1)}), false},
      {"another value", table({x, tensor("y", datatype::int64, {1})}, {real("a", 2)}), false},
      {"another kind", table({x, tensor("y", datatype::int64, {1})}, {text("a", "1")}), false},
      {"no argument", table({x, tensor("y", datatype::int64, {1})}), false},
      {"one argument more", table({x, tensor("y", datatype::int64, {1})}, {real("a", 1), real("b", 1)}), false},
  };
  for (auto const& [title, other, fits] : cases) {
    CAPTURE(title);
    CHECK(fit(base, other, first_dimension) == fits);
    CHECK(fit(other, base, first_dimension) == fits);
  }
  CHECK(shape_key(rows(1), first_dimension) == shape_key(rows(9), first_dimension));
  CHECK(shape_key(rows(1), first_dimension) != shape_key(rows(1, 5), first_dimension));
}

TEST_CASE("batch match: the first always runs; who does not fit it is passed over")
{
  auto waiting = line();
  waiting.add(rows(1, 4));
  waiting.add(rows(1, 8));
  waiting.add(rows(2, 4));
  waiting.add(rows(1, 8));
  waiting.add(rows(1, 4));
  auto const chosen = waiting.choose(8);
  CHECK(chosen.places == places{0, 2, 4});
  CHECK(chosen.rows == 4);
  CHECK_FALSE(chosen.full);
}

TEST_CASE("batch match: no more rows than allowed, and it says when one more would have fitted")
{
  auto waiting = line();
  for (auto i = 0; i < 5; ++i)
    waiting.add(rows(1));
  CHECK(waiting.choose(5).places == places{0, 1, 2, 3, 4});
  CHECK_FALSE(waiting.choose(5).full);
  CHECK(waiting.choose(3).places == places{0, 1, 2});
  CHECK(waiting.choose(3).full);
  CHECK(waiting.choose(1).places == places{0});
  CHECK(waiting.choose(1).full);
  auto wide = line();
  wide.add(rows(9)); // more than allowed by itself: runs, alone
  wide.add(rows(1));
  CHECK(wide.choose(4).places == places{0});
  CHECK(line().choose(4).places.empty());
}

TEST_CASE("batch match: who has no rows, or must run alone, is in no batch")
{
  auto waiting = line();
  waiting.add(rows(1));
  waiting.add(rows(1));
  waiting.add(rows(1));
  waiting.waiting[1].rows = 0;
  CHECK(waiting.choose(8).places == places{0, 2});
  waiting.waiting[0].rows = 0;
  CHECK(waiting.choose(8).places == places{0});
}

TEST_CASE("batch match: at most max_batch_members, as many as the progress word can name")
{
  auto waiting = line();
  for (auto i = std::uint32_t{0}; i < max_batch_members + 10; ++i)
    waiting.add(rows(1));
  CHECK(waiting.choose(4096).places.size() == max_batch_members);
  CHECK(waiting.choose(4096).full);
}

TEST_CASE("batch match: over random lines all is served, in bounded batches that fit, none passed over for ever")
{
  auto random = std::mt19937(7);
  for (auto round = 0; round < 200; ++round) {
    auto waiting = line();
    auto const count = 1 + random() % 40;
    for (auto i = 0u; i < count; ++i)
      waiting.add(rows(1 + static_cast<std::int64_t>(random() % 3), 1 + static_cast<std::int64_t>(random() % 3)));
    auto const most = static_cast<std::int64_t>(1 + random() % 12);
    auto left = waiting.waiting;
    auto batches = std::size_t{0};
    while (!left.empty()) {
      auto chosen = selection();
      choose(left, most, first_dimension, chosen);
      REQUIRE(chosen.places.front() == 0);
      REQUIRE(std::is_sorted(chosen.places.begin(), chosen.places.end()));
      auto sum = std::int64_t{0};
      for (auto const place : chosen.places) {
        sum += left[place].rows;
        REQUIRE(fit(*left[0].table, *left[place].table, first_dimension));
      }
      REQUIRE(sum == chosen.rows);
      REQUIRE((sum <= most || chosen.places.size() == 1));
      for (auto const place : std::views::reverse(chosen.places))
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(place));
      ++batches;
    }
    REQUIRE(batches <= count);
  }
}
