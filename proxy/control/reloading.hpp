// The configuration of a running proxy: read again on SIGHUP, when one of its files has changed, and when asked through
// the admin port. Validated whole on a background thread, applied between two turns of the I/O thread; a bad one is
// refused in the words of check-config, and the old one stays. Owns the watch on the files.
#pragma once
#include "proxy/config/reload.hpp"
#include "proxy/control/loop.hpp"
#include "proxy/execute/file_watch.hpp"
#include "proxy/pool/catalog.hpp"

#include <boost/asio/thread_pool.hpp>

namespace pilotlight::control {

/// Where the settings come from: the command line's.
struct settings_origin
{
  std::optional<std::filesystem::path> file;
  std::vector<std::string> overrides;
};

class reloading
{
public:
  /// Or why nothing has changed.
  using outcome = result<config::reload_told>;

  /// `config` is what all other parts refer to: it is assigned to.
  reloading(boost::asio::io_context& io, boost::asio::thread_pool& background, settings& config, settings_origin origin,
            pool::fleet& models, pool::catalog& catalog, loop& control);

  /// Watches the files from now on.
  void start();
  /// Reads all of it again; `done` hears what became of it. Asked while a reading is under way: once more after that.
  void reload(std::function<void(outcome const&)> done = {});

  /// Readings that changed something, and such that were refused, for a model too.
  std::uint64_t taken_up() const { return taken_up_; }
  std::uint64_t refused() const { return refused_; }

private:
  void read();
  void apply(result<config::reload_outcome> const& found);
  void apply(config::model_change const& change, config::reload_told& told, std::vector<model_spec>& files);
  void finish(outcome const& what);

  boost::asio::io_context& io_;
  boost::asio::thread_pool& background_;
  settings& config_;
  settings_origin origin_;
  pool::fleet& models_;
  pool::catalog& catalog_;
  loop& control_;
  std::unique_ptr<execute::file_watch> watch_;
  std::vector<std::function<void(outcome const&)>> asking_; ///< of the reading under way
  std::vector<std::function<void(outcome const&)>> next_;   ///< of the one after it
  std::uint64_t taken_up_ = 0, refused_ = 0;
  bool reading_ = false, again_ = false;
};

} // namespace pilotlight::control
