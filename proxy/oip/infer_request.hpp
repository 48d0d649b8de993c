// What does an Open Inference Protocol request ask for? JSON and binary tensors, mixed, into tables over an arena.
// Pure: bytes in, description out; memory for JSON tensors comes from a function that the caller gives.
#pragma once
#include "proxy/repository/model_spec.hpp"
#include "shared/failure.hpp"
#include "shared/tensor_table.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::oip {

/// Memory in the request arena, 64-byte aligned, and where it starts there.
struct arena_space
{
  std::span<std::byte> memory;
  std::uint64_t offset = 0;
};

/// Gives that many bytes of the request arena, or the failure to answer with (hold full).
using allocate_function = std::function<result<arena_space>(std::size_t bytes)>;

struct requested_output
{
  std::string name;
  bool binary = false;
};

struct sequence_options
{
  std::string id; ///< empty: none (a number is taken as its decimal text)
  bool start = false;
  bool end = false;
};

/// A parsed request. Reused from request to request by one connection: clear() keeps the memory.
struct infer_request
{
  std::string id;                                   ///< echoed; may be empty
  std::vector<requested_output> outputs;            ///< empty: all
  bool binary_by_default = false;                   ///< parameter binary_data_output
  std::optional<std::chrono::microseconds> timeout; ///< parameter timeout
  sequence_options sequence;
  std::uint64_t table_offset = 0; ///< where the table of inputs and arguments was written in the arena
  std::uint32_t table_length = 0;
  /// Inputs as given, for learning shapes and for warm-up; names view `names`.
  tensor_table table;
  std::string names; ///< unescaped names and strings that `table` views
  void clear();
};

/// The body as it lies in memory. `json` must be followed by at least 64 readable bytes (simdjson's padding).
/// `binary` is what follows the JSON part when Inference-Header-Content-Length was given; it already lies in the
/// request arena at `binary_offset` and stays there.
struct request_body
{
  std::string_view json;
  std::span<std::byte const> binary;
  std::uint64_t binary_offset = 0;
};

/// The JSON parser's own buffers, reused from request to request. One for each I/O thread is enough (nothing in it
/// outlives a call); what a large request made it grow to is given back after that request.
class request_parser
{
public:
  request_parser();
  request_parser(request_parser&&) noexcept;
  request_parser& operator=(request_parser&&) noexcept;
  ~request_parser();

  struct buffers;
  buffers& get() { return *buffers_; }

private:
  std::unique_ptr<buffers> buffers_;
};

/// Parses and checks one infer request; `known` are the inputs the model is known to take (empty: anything goes), in
/// order of forward()'s tensor arguments: one whose argument has a default may be left out.
/// One allocation: JSON tensors' data and binary tensors that do not lie 64-byte aligned (copied), each 64-byte
/// aligned, and the table. On failure nothing stays allocated that the caller would not free with the request. Every
/// failure is a bad_request (or what `allocate` said) whose sentence names the member. `request` is cleared first.
result<void> parse_infer_request(request_parser& parser, request_body const& body, std::span<tensor_spec const> known,
                                 std::span<argument_description const> arguments, allocate_function const& allocate,
                                 infer_request& request);

/// Inference-Header-Content-Length: digits only, at most the body's length.
result<std::size_t> parse_header_length(std::string_view value, std::size_t body_length);

} // namespace pilotlight::oip
