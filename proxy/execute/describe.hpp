// What do model files say of themselves? Runs `pilotlight-worker --describe` once over all new ones and hands on each
// signature as it comes; the process is gone afterwards. Owns pipes and, through the tree, a process.
#pragma once
#include "proxy/execute/process_tree.hpp"
#include "proxy/repository/model_spec.hpp"
#include "shared/signature.hpp"

#include <boost/asio/io_context.hpp>
#include <functional>
#include <span>

namespace pilotlight::execute {

/// `on_signature` for each file that could be described (or whose error is known), `on_end` once. Both on the I/O
/// thread. Failure: the process cannot be started.
result<void> describe(boost::asio::io_context& io, process_tree& tree, std::span<model_spec const> files,
                      std::function<void(signature)> on_signature, std::function<void()> on_end);

} // namespace pilotlight::execute
