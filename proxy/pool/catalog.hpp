// Which models of the repository are in service, and what is known of them? Scans at start, and a model's own folder at
// `load`; has new files described, keeps the descriptions. Blocks on the disk for the length of a scan.
#pragma once
#include "proxy/execute/process_tree.hpp"
#include "proxy/pool/fleet.hpp"
#include "proxy/repository/descriptions.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <string_view>

namespace pilotlight::pool {

class catalog
{
public:
  catalog(boost::asio::io_context& io, boost::asio::thread_pool& background, settings const& config,
          execute::process_tree& tree, fleet& models);

  /// Everything in the repository goes into service; files without a description are described in the background.
  /// Failure: the repository cannot be read.
  result<void> open();
  /// What the repository says of that name now. Failure: not_found.
  result<std::vector<model_spec>> look_up(std::string_view name);
  /// Into service as they are in the repository now: new ones are added, the others loaded anew. Those that are not
  /// described yet are, all by one process.
  void take_up(std::vector<model_spec> specs);

private:
  void place(model_spec& spec) const;
  void renew(model& which);
  void describe(std::vector<model_spec> specs);
  void keep();

  boost::asio::io_context& io_;
  boost::asio::thread_pool& background_;
  settings const& config_;
  execute::process_tree& tree_;
  fleet& models_;
  descriptions known_;
  bool keeping_ = false, keep_again_ = false;
};

} // namespace pilotlight::pool
