// Are these the inputs that the model takes, and outputs that it gives? Names, datatypes and shapes against what is
// known of it. Pure.
#pragma once
#include "proxy/oip/infer_request.hpp"
#include "proxy/repository/model_spec.hpp"
#include "shared/failure.hpp"
#include "shared/tensor_table.hpp"

#include <span>

namespace pilotlight::oip {

/// `known` empty: any inputs, each once. Else each of them once, in any order, with the known datatype and shape (an
/// unknown datatype, rank or dimension is any). known[i] is the model's i-th tensor argument: with a default it may
/// be left out. Named by its name or as "INPUT__i".
result<void> check_inputs(tensor_table const& table, std::span<tensor_spec const> known,
                          std::span<argument_description const> arguments);

/// `known` empty: whatever the model gives. Else only those.
result<void> check_outputs(std::span<requested_output const> requested, std::span<tensor_spec const> known);

} // namespace pilotlight::oip
