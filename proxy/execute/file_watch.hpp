// Has one of these files changed, and come to rest? Owns an inotify descriptor and one watch per directory that leads
// to a file. I/O thread only; a change costs a few system calls per file, on that thread.
#pragma once
#include "shared/failure.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace pilotlight::execute {

/// Events only wake it. What counts is whether the file that the path leads to is another one, or was written, since
/// the last look: so it does not matter whether an editor writes in place, or beside and renames, whether a symbolic
/// link on the way is swapped (as Kubernetes does with ..data), or whether a folder is taken away and comes back.
/// A file that is not there is watched as well: its coming is a change, and so is its going.
class file_watch
{
public:
  using paths = std::vector<std::filesystem::path>;

  /// `on_change` gets the paths of `watch` that lead to something else than before, once nothing has happened to them
  /// for `settle`; many changes in a row are one call. Failure: no inotify instance is to be had.
  static result<std::unique_ptr<file_watch>> make(boost::asio::io_context& io,
                                                  std::function<void(paths const& changed)> on_change,
                                                  std::chrono::milliseconds settle = std::chrono::milliseconds(200));
  file_watch(file_watch const&) = delete;
  file_watch& operator=(file_watch const&) = delete;
  ~file_watch() = default;

  /// From now on these files and no others; relative ones by the working directory of now. Ones that were watched
  /// already keep what was seen of them: nothing between two calls is lost.
  /// Failure: some cannot be watched (the sentence says how many and why); the others are.
  result<void> watch(paths const& files);

private:
  /// What tells one content from another without reading it; nothing where no file is.
  struct print
  {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::array<std::int64_t, 4> times{}; ///< of content and inode, seconds and nanoseconds
    bool operator==(print const&) const = default;
  };
  using seen = std::optional<print>;

  file_watch(boost::asio::io_context& io, int inotify, std::function<void(paths const&)> on_change,
             std::chrono::milliseconds settle);
  static seen look(std::filesystem::path const& file);
  void listen();
  void read_events(std::size_t bytes);
  void settle();
  void look_again();
  void follow_all();
  std::filesystem::path follow(std::filesystem::path const& absolute);
  void watch_name(std::filesystem::path const& directory, std::string const& name);

  boost::asio::posix::stream_descriptor inotify_;
  boost::asio::steady_timer timer_;
  std::function<void(paths const&)> on_change_;
  std::chrono::milliseconds settle_;
  std::map<std::filesystem::path, seen> files_;
  std::map<int, std::set<std::string>> names_; ///< by watch descriptor: what in that directory leads to a file

  // Of one walk over all files.
  std::map<std::filesystem::path, std::filesystem::path> followed_;
  std::map<std::filesystem::path, int> directories_;
  int links_ = 0; ///< taken on the way to one file
  std::set<std::string> refused_;

  alignas(8) std::array<char, 16 * 1024> events_{};
};

} // namespace pilotlight::execute
