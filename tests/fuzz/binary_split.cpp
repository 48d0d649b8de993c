// Any bytes as a body with an Inference-Header-Content-Length: header value up to the first newline, then the body.
// Whatever is accepted must have its binary tensors inside the body or copied out of it byte for byte.
#include "proxy/oip/infer_request.hpp"

#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using namespace pilotlight;

constexpr std::size_t arena_size = 1 << 16;
constexpr std::size_t half = arena_size / 2;

void require(bool held)
{
  if (!held) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
  static auto parser = oip::request_parser();
  static auto request = oip::infer_request();
  alignas(64) static std::byte arena[arena_size];
  auto const text = std::string_view(reinterpret_cast<char const*>(data), size);
  auto const newline = text.find('\n');
  if (newline == std::string_view::npos) return 0;
  auto const body = text.substr(newline + 1);
  auto const length = oip::parse_header_length(text.substr(0, newline), body.size());
  if (!length) return 0;
  require(*length <= body.size());
  auto const binary = body.substr(*length);
  // The binary part lies in the arena's lower half, aligned or not as its first byte says.
  auto const shift = binary.empty() ? std::size_t{0} : static_cast<unsigned char>(binary[0]) % 2 * std::size_t{24};
  if (binary.size() + shift > half) return 0;
  if (!binary.empty()) std::memcpy(arena + shift, binary.data(), binary.size());
  auto json = std::vector<char>(*length + 64);
  if (*length > 0) std::memcpy(json.data(), body.data(), *length);
  auto const allocate = [](std::size_t bytes) -> result<oip::arena_space> {
    if (bytes > half) return failure{fault::unavailable, "full"};
    return oip::arena_space{{arena + half, bytes}, half};
  };
  auto const parsed = oip::parse_infer_request(parser, {{json.data(), *length}, {arena + shift, binary.size()}, shift},
                                               {}, {}, allocate, request);
  if (!parsed) return 0;
  auto table = tensor_table();
  auto const bytes = std::span<std::byte const>(arena);
  require(read_table(bytes.subspan(request.table_offset, request.table_length), arena_size, table).has_value());
  for (auto const& tensor : table.tensors)
    require(tensor.length == 0 || tensor.offset % tensor_alignment == 0);
  return 0;
}
