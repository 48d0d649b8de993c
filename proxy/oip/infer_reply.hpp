// How does a reply look on the wire? The JSON head and, behind it, the binary tensors where they lie. Pure.
#pragma once
#include "proxy/oip/infer_request.hpp"
#include "shared/failure.hpp"
#include "shared/tensor_table.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::oip {

/// Reused from reply to reply by one connection.
struct rendered_reply
{
  std::string json;
  std::vector<std::span<std::byte const>> binary; ///< in order of the outputs, straight from the reply arena
  bool has_binary = false;                        ///< then Inference-Header-Content-Length is json.size()
};

/// Renders the outputs asked for (all when none were named), in the order asked for. `outputs` offsets count from
/// the start of `arena`. JSON numbers are shortest-round-trip decimals of their type.
/// Failures: bad_request: an output of that name is not given (names those that are); internal: a NaN or infinity that
/// JSON cannot say (tells to ask for binary_data).
result<void> render_infer_reply(std::string_view model, std::string_view version, infer_request const& request,
                                tensor_table const& outputs, std::span<std::byte const> arena, rendered_reply& reply);

/// {"error":"..."} with every character escaped as JSON wants it.
std::string render_error(std::string_view sentence);

} // namespace pilotlight::oip
