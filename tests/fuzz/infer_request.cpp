// Any bytes as the JSON of an infer request: the first byte chooses what is known of the model. Whatever is accepted
// must describe tensors that lie inside the arena, survive the table's check and can be rendered.
#include "proxy/oip/infer_request.hpp"
#include "proxy/oip/infer_reply.hpp"

#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

using namespace pilotlight;

constexpr std::size_t arena_size = 1 << 16;

void require(bool held)
{
  if (!held) std::abort();
}

void check(oip::infer_request const& request, std::span<std::byte const> arena)
{
  auto table = tensor_table();
  require(request.table_offset + request.table_length <= arena.size());
  require(read_table(arena.subspan(request.table_offset, request.table_length), arena.size(), table).has_value());
  require(table.tensors.size() == request.table.tensors.size());
  auto echo = oip::infer_request();
  echo.id = request.id;
  echo.binary_by_default = request.binary_by_default;
  auto reply = oip::rendered_reply();
  require(oip::render_infer_reply("m", "1", echo, table, arena, reply).has_value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
  static auto parser = oip::request_parser();
  static auto request = oip::infer_request();
  alignas(64) static std::byte arena[arena_size];
  auto const known = std::vector<tensor_spec>{{"x", datatype::fp32, std::vector<std::int64_t>{-1, 2}}};
  auto const arguments = std::vector<argument_description>{{"x", "tensor", false}, {"sr", "int", true}};
  auto const choice = size > 0 ? data[0] : std::uint8_t{0};
  auto const length = size > 0 ? size - 1 : 0;
  // On the heap with just the padding that is promised: reading beyond it shows.
  auto const text = std::make_unique<char[]>(length + 64);
  if (length > 0) std::memcpy(text.get(), data + 1, length);
  std::memset(text.get() + length, choice, 64);
  auto const allocate = [](std::size_t bytes) -> result<oip::arena_space> {
    if (bytes > arena_size) return failure{fault::unavailable, "full"};
    return oip::arena_space{{arena, bytes}, 0};
  };
  auto const parsed = oip::parse_infer_request(
      parser, {{text.get(), length}, {}, 0}, choice & 1 ? std::span(known) : std::span<tensor_spec const>(),
      choice & 2 ? std::span(arguments) : std::span<argument_description const>(), allocate, request);
  if (parsed)
    check(request, arena);
  else
    require(!parsed.error().sentence.empty() && oip::render_error(parsed.error().sentence).size() > 10);
  return 0;
}
