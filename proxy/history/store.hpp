// What do the models remember over a restart? Reads everything at the start, and writes what has changed now and then,
// in the background. When the disk does not play along, the service goes on without: one warning, one line when it
// works again. I/O thread only; the disk is touched by the background, but for
// open(), close() and beginning anew after damage.
#pragma once
#include "proxy/history/database.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace pilotlight::history {

class store
{
public:
  /// `background` is joined before this is destroyed. `warn` gets whole sentences, `say` good news.
  struct voices
  {
    std::function<void(std::string const&)> warn, say;
  };
  store(boost::asio::io_context& io, boost::asio::thread_pool& background, std::string file, voices tell);
  ~store();

  /// Blocks: opens the file and reads all of it. A damaged file is moved aside and a new one begun. Once; one that
  /// cannot be used is tried again with each save.
  void open();

  /// What the earlier run saved; nothing: not known.
  std::optional<std::string> find(std::string_view model, std::string_view kind) const;

  /// Remembers it; written with the next save, if it is other than what was saved. A value over 64 KiB is refused with
  /// a warning.
  void put(std::string_view model, std::string_view kind, std::string value);

  /// Saves every `interval` from now on; `gather` is called before each, to put() what has changed, and `late` when the
  /// file could be used after all: what it knows of is found from now on.
  void start(
      std::chrono::milliseconds interval, std::function<void()> gather, std::function<void()> late = [] {});
  /// Other than before: the next save comes so long after this call.
  void set_interval(std::chrono::milliseconds interval);
  /// Blocks: gathers and writes what is left. For the shutdown, after the background was joined.
  void close();

  bool usable() const { return database_ != nullptr; }
  /// Saves that succeeded and failed, for the metrics.
  std::uint64_t saves() const { return saves_; }
  std::uint64_t failures() const { return failures_; }

private:
  using key = std::pair<std::string, std::string>;
  using outcome = database::outcome<>;

  struct contents;
  static database::outcome<contents> read(std::string const& file);
  void take(database::outcome<contents> found, bool fresh);
  void reopen();
  void wait();
  void save();
  void saved(std::vector<entry> written, outcome const& how);
  void recover(database::refusal const& why);
  void complain(std::string const& why);
  std::vector<entry> take_changed();

  boost::asio::io_context& io_;
  boost::asio::thread_pool& background_;
  boost::asio::steady_timer timer_;
  std::string file_;
  voices tell_;
  std::shared_ptr<database> database_; ///< shared with the save under way; none: running without history
  std::map<key, std::string, std::less<>> known_;
  std::map<key, std::string, std::less<>> changed_; ///< not written yet
  std::function<void()> gather_ = [] {}, late_ = [] {};
  std::chrono::milliseconds interval_{60'000};
  bool saving_ = false;
  bool failing_ = false; ///< warned, and not yet better
  std::uint64_t saves_ = 0, failures_ = 0;
};

} // namespace pilotlight::history
