#include "shared/datatype.hpp"

#include <doctest/doctest.h>

namespace pilotlight {

TEST_CASE("datatype: names and sizes go together, both ways")
{
  struct
  {
    datatype type;
    std::string_view name;
    std::size_t size;
  } const all[] = {
      {datatype::boolean, "BOOL", 1},  {datatype::uint8, "UINT8", 1},   {datatype::uint16, "UINT16", 2},
      {datatype::uint32, "UINT32", 4}, {datatype::uint64, "UINT64", 8}, {datatype::int8, "INT8", 1},
      {datatype::int16, "INT16", 2},   {datatype::int32, "INT32", 4},   {datatype::int64, "INT64", 8},
      {datatype::fp16, "FP16", 2},     {datatype::bf16, "BF16", 2},     {datatype::fp32, "FP32", 4},
      {datatype::fp64, "FP64", 8},
  };
  for (auto const& [type, name, size] : all) {
    CAPTURE(name);
    CHECK(to_string(type) == name);
    CHECK(size_of(type) == size);
    CHECK(parse_datatype(name) == type);
    CHECK(allowed_datatypes.find(name) != std::string_view::npos);
  }
}

TEST_CASE("datatype: what is none")
{
  for (auto const name : {"", "BYTES", "fp32", "FP32 ", "FP", "INT128", "TYPE_FP32"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_datatype(name));
  }
  CHECK(to_string(datatype::unknown).empty());
  CHECK(size_of(datatype::unknown) == 0);
  CHECK(size_of(static_cast<datatype>(200)) <= 8); // a wild value from shared memory indexes nothing outside
}

} // namespace pilotlight
