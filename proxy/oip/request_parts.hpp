// What has been read of a request so far, member by member? The parts are read in the order they come and checked
// against each other afterwards. Plain data; views the body and the parser's buffers.
#pragma once
#include "proxy/oip/infer_request.hpp"
#include "proxy/oip/json_cursor.hpp"

#include <boost/container/small_vector.hpp>

namespace pilotlight::oip {

/// Where an input's bytes come from: exactly one of the two.
struct input_source
{
  bool in_json = false;
  ondemand::array data;                     ///< in_json: read again once datatype and shape are known
  std::size_t text_bytes = 0;               ///< in_json: length of that text: bounds its count of elements
  std::optional<std::uint64_t> binary_size; ///< parameter binary_data_size
};

struct output_wish
{
  std::string_view name;
  std::optional<bool> binary; ///< parameter binary_data
};

/// The request's inputs and arguments go to request.table at once, their names still viewing the parser's buffers.
struct request_parts
{
  boost::container::small_vector<input_source, 4> sources; ///< of request.table.tensors, same order
  boost::container::small_vector<output_wish, 4> outputs;
};

/// One element of "inputs" (the index is for sentences).
result<void> read_input(ondemand::value value, int index, request_parts& parts, tensor_table& table);
/// One element of "outputs".
result<void> read_output(ondemand::value value, int index, request_parts& parts);
/// "parameters" of the request: those of the protocol into `request`, arguments of forward() into request.table.
result<void> read_parameters(ondemand::value value, std::span<argument_description const> arguments,
                             infer_request& request);

} // namespace pilotlight::oip
