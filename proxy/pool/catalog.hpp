// Which models of the repository are in service, and what is known of them? Scans at start and at `load`, has new files
// described, keeps the descriptions. Blocks on the disk for the length of a scan.
#pragma once
#include "proxy/execute/process_tree.hpp"
#include "proxy/pool/fleet.hpp"
#include "proxy/repository/descriptions.hpp"

#include <boost/asio/io_context.hpp>
#include <string_view>

namespace pilotlight::pool {

class catalog
{
public:
  catalog(boost::asio::io_context& io, settings const& config, execute::process_tree& tree, fleet& models);

  /// Everything in the repository goes into service; files without a description are described in the background.
  /// Failure: the repository cannot be read.
  result<void> open();
  /// What the repository says of that name now. Failure: not_found.
  result<std::vector<model_spec>> look_up(std::string_view name);
  /// Has those described that are not yet.
  void describe(std::vector<model_spec> specs);

private:
  void place(model_spec& spec) const;

  boost::asio::io_context& io_;
  settings const& config_;
  execute::process_tree& tree_;
  fleet& models_;
  descriptions known_;
};

} // namespace pilotlight::pool
