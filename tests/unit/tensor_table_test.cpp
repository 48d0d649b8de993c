#include "shared/tensor_table.hpp"
#include "tests/unit/show_result.hpp"

#include <cstddef>
#include <cstring>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace pilotlight {
namespace {

constexpr std::uint64_t arena = 1 << 20;

tensor_table example()
{
  auto table = tensor_table();
  table.tensors.push_back({"x", datatype::fp32, {2, 3}, 64, 24});
  table.tensors.push_back({"ids", datatype::int64, {}, 128, 8});
  table.tensors.push_back({"", datatype::int8, {0, 7}, arena, 0});
  table.arguments.push_back({"sr", argument_kind::integer, -16000, 0, {}});
  table.arguments.push_back({"gain", argument_kind::real, 0, -0.5, {}});
  table.arguments.push_back({"loud", argument_kind::boolean, 1, 0, {}});
  table.arguments.push_back({"mode", argument_kind::string, 0, 0, "fast"});
  return table;
}

std::vector<std::byte> written(tensor_table const& table)
{
  auto blob = std::vector<std::byte>(table_size(table));
  write_table(table, blob);
  return blob;
}

/// Overwrites the member of a record that lies at `offset` in the blob.
template <class Value>
void poke(std::vector<std::byte>& blob, std::size_t offset, Value value)
{
  std::memcpy(blob.data() + offset, &value, sizeof value);
}

constexpr auto first_tensor = sizeof(table_header);
constexpr auto first_argument = sizeof(table_header) + 3 * sizeof(tensor_record);

} // namespace

TEST_CASE("tensor table: what is written is what is read")
{
  auto const blob = written(example());
  auto table = tensor_table();
  REQUIRE(read_table(blob, arena, table));
  REQUIRE(table.tensors.size() == 3);
  CHECK(table.tensors[0].name == "x");
  CHECK(table.tensors[0].type == datatype::fp32);
  CHECK(table.tensors[0].shape == dimensions{2, 3});
  CHECK(table.tensors[0].offset == 64);
  CHECK(table.tensors[0].length == 24);
  CHECK(table.tensors[1].shape.empty());
  CHECK(table.tensors[2].name.empty());
  REQUIRE(table.arguments.size() == 4);
  CHECK(table.arguments[0].integer == -16000);
  CHECK(table.arguments[1].real == -0.5);
  CHECK(table.arguments[2].kind == argument_kind::boolean);
  CHECK(table.arguments[2].integer == 1);
  CHECK(table.arguments[3].string == "fast");
  // Reading again replaces, and writing again gives the same bytes.
  REQUIRE(read_table(blob, arena, table));
  CHECK(table.tensors.size() == 3);
  CHECK(written(table) == blob);
}

TEST_CASE("tensor table: an empty one")
{
  auto const blob = written({});
  CHECK(blob.size() == sizeof(table_header));
  auto table = example();
  REQUIRE(read_table(blob, 0, table));
  CHECK(table.tensors.empty());
  CHECK(table.arguments.empty());
}

TEST_CASE("tensor table: each lie is found")
{
  using blob_type = std::vector<std::byte>;
  struct
  {
    std::string_view sentence;
    void (*lie)(blob_type&);
  } const lies[] = {
      {"corrupt tensor table: too short", [](blob_type& blob) { blob.resize(sizeof(table_header) - 1); }},
      {"corrupt tensor table: too short", [](blob_type& blob) { blob.clear(); }},
      {"corrupt tensor table: wrong magic number", [](blob_type& blob) { poke(blob, 0, std::uint32_t{0}); }},
      {"corrupt tensor table: too many tensors",
       [](blob_type& blob) { poke(blob, offsetof(table_header, tensors), std::uint16_t{257}); }},
      {"corrupt tensor table: too many arguments",
       [](blob_type& blob) { poke(blob, offsetof(table_header, arguments), std::uint16_t{65}); }},
      {"corrupt tensor table: too short for its counts",
       [](blob_type& blob) { poke(blob, offsetof(table_header, tensors), std::uint16_t{255}); }},
      {"corrupt tensor table: too short for its counts",
       [](blob_type& blob) { blob.resize(first_argument + 4 * sizeof(argument_record) - 1); }},
      {"corrupt tensor table: unknown datatype",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, type), std::uint8_t{0}); }},
      {"corrupt tensor table: unknown datatype",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, type), std::uint8_t{14}); }},
      {"corrupt tensor table: rank over 8",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, rank), std::uint8_t{9}); }},
      {"corrupt tensor table: name outside the table",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, name_offset), ~std::uint32_t{0}); }},
      {"corrupt tensor table: name outside the table",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, name_length), std::uint16_t{65535}); }},
      {"corrupt tensor table: negative or overflowing shape",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, shape), std::int64_t{-2}); }},
      {"corrupt tensor table: negative or overflowing shape",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, shape), std::int64_t{1} << 62); }},
      {"corrupt tensor table: length differs from the shape",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, shape), std::int64_t{3}); }},
      {"corrupt tensor table: length differs from the shape",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, data_length), std::uint64_t{25}); }},
      {"corrupt tensor table: tensor outside the arena",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, data_offset), arena - 23); }},
      {"corrupt tensor table: tensor outside the arena",
       [](blob_type& blob) { poke(blob, first_tensor + offsetof(tensor_record, data_offset), ~std::uint64_t{0}); }},
      {"corrupt tensor table: unknown argument kind",
       [](blob_type& blob) { poke(blob, first_argument + offsetof(argument_record, kind), std::uint8_t{4}); }},
      {"corrupt tensor table: name outside the table",
       [](blob_type& blob) { poke(blob, first_argument + offsetof(argument_record, name_offset), ~std::uint32_t{0}); }},
      {"corrupt tensor table: string outside the table",
       [](blob_type& blob) {
         poke(blob, first_argument + 3 * sizeof(argument_record) + offsetof(argument_record, value), ~std::uint64_t{0});
       }},
  };
  for (auto const& [sentence, lie] : lies) {
    CAPTURE(sentence);
    auto blob = written(example());
    lie(blob);
    auto table = tensor_table();
    auto const read = read_table(blob, arena, table);
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == fault::internal);
    CHECK(read.error().sentence == sentence);
  }
}

TEST_CASE("tensor table: cut anywhere, it is refused or complete")
{
  auto const whole = written(example());
  for (auto size = std::size_t{0}; size < whole.size(); ++size) {
    auto const blob = std::vector<std::byte>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    auto table = tensor_table();
    CHECK_FALSE(read_table(blob, arena, table));
  }
}

} // namespace pilotlight
