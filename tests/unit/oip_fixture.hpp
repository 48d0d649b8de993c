// How do tests parse a request? An arena of plain memory, a body with its padding, the parser.
#pragma once
#include "proxy/oip/infer_request.hpp"
#include "tests/unit/show_result.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::oip {

/// Parses bodies as the HTTP side does: binary part in the arena, JSON followed by padding.
class parsing
{
public:
  static constexpr std::size_t arena_size = 1 << 20;

  /// `json` and `binary` as one request; `binary_at` is where the binary part lies in the arena.
  result<void> operator()(std::string_view json, std::string_view binary = {}, std::uint64_t binary_at = 4096)
  {
    text_.assign(json.begin(), json.end());
    text_.resize(json.size() + 64, padding);
    text_.shrink_to_fit(); // reading beyond the padding shows
    binary.copy(reinterpret_cast<char*>(arena()) + binary_at, binary.size());
    allocations = 0;
    auto const body =
        request_body{std::string_view(text_.data(), json.size()), {arena() + binary_at, binary.size()}, binary_at};
    auto const allocate = [&](std::size_t bytes) -> result<arena_space> {
      ++allocations;
      allocated = bytes;
      if (full || bytes > arena_size / 2) return failure{fault::unavailable, "the hold is full"};
      return arena_space{{arena() + arena_size / 2, bytes}, arena_size / 2};
    };
    return parse_infer_request(parser_, body, known, arguments, allocate, request);
  }

  std::byte* arena() { return memory_->bytes; }
  std::span<std::byte const> arena_bytes() { return {memory_->bytes, arena_size}; }

  /// The elements of the i-th tensor, read where the table says.
  template <class Number>
  std::vector<Number> elements(std::size_t i)
  {
    auto const& tensor = request.table.tensors.at(i);
    auto numbers = std::vector<Number>(tensor.length / sizeof(Number));
    if (!numbers.empty()) std::memcpy(numbers.data(), arena() + tensor.offset, tensor.length);
    return numbers;
  }

  /// Hostile padding: what follows a body in a buffer is the next request, or whatever the last one left there.
  char padding = '}';
  std::vector<tensor_spec> known;
  std::vector<argument_description> arguments;
  bool full = false;
  int allocations = 0;
  std::size_t allocated = 0;
  infer_request request;

private:
  struct alignas(64) memory
  {
    std::byte bytes[arena_size];
  };
  std::unique_ptr<memory> memory_ = std::make_unique<memory>();
  request_parser parser_;
  std::vector<char> text_;
};

} // namespace pilotlight::oip
