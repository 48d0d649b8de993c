#include "proxy/execute/file_watch.hpp"

#include <cerrno>
#include <cstring>
#include <sys/inotify.h>
#include <system_error>
#include <utility>

namespace pilotlight::execute {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t what_matters = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY |
                                       IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t about_the_directory = IN_DELETE_SELF | IN_MOVE_SELF | IN_Q_OVERFLOW | IN_UNMOUNT;
constexpr int most_links = 40; ///< as the kernel's own limit: more is a loop

std::string reason(int error)
{
  return std::generic_category().message(error);
}

} // namespace

result<std::unique_ptr<file_watch>> file_watch::make(boost::asio::io_context& io,
                                                     std::function<void(paths const&)> on_change,
                                                     std::chrono::milliseconds settle)
{
  auto const inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0) return failure{fault::unavailable, "changes of files are not noticed: " + reason(errno)};
  auto made = std::unique_ptr<file_watch>(new file_watch(io, inotify, std::move(on_change), settle));
  made->listen();
  return made;
}

file_watch::file_watch(boost::asio::io_context& io, int inotify, std::function<void(paths const&)> on_change,
                       std::chrono::milliseconds settle)
    : inotify_(io, inotify), timer_(io), on_change_(std::move(on_change)), settle_(settle)
{
}

result<void> file_watch::watch(paths const& files)
{
  auto wanted = std::map<fs::path, seen>();
  for (auto const& file : files) {
    auto ignored = std::error_code();
    auto const absolute = fs::absolute(file, ignored);
    auto const known = files_.find(absolute);
    wanted.emplace(absolute, known != files_.end() ? known->second : look(absolute));
  }
  files_ = std::move(wanted);
  follow_all();
  for (auto const& [file, last] : files_)
    if (look(file) != last) settle(); // changed while nobody watched
  if (refused_.empty()) return {};
  return failure{fault::unavailable, "changes in " + std::to_string(refused_.size()) +
                                         " folders are not noticed, as of '" + *refused_.begin() + "'"};
}

file_watch::seen file_watch::look(fs::path const& file)
{
  struct stat facts = {};
  if (::stat(file.c_str(), &facts) != 0) return std::nullopt;
  return print{facts.st_dev,
               facts.st_ino,
               facts.st_size,
               {facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec}};
}

void file_watch::listen()
{
  inotify_.async_read_some(boost::asio::buffer(events_), [this](boost::system::error_code error, std::size_t bytes) {
    if (error) return; // the end of this object, or of inotify itself
    read_events(bytes);
    listen();
  });
}

void file_watch::read_events(std::size_t bytes)
{
  for (std::size_t at = 0; at + sizeof(inotify_event) <= bytes;) {
    inotify_event event = {};
    std::memcpy(&event, events_.data() + at, sizeof event);
    auto const name = std::string(event.len > 0 ? events_.data() + at + sizeof event : "");
    at += sizeof event + event.len;
    auto const directory = names_.find(event.wd);
    auto const matters =
        (event.mask & about_the_directory) != 0 || (directory != names_.end() && directory->second.contains(name));
    if (directory != names_.end() && (event.mask & IN_IGNORED) != 0) names_.erase(directory);
    if (matters) settle();
  }
}

/// Looks again once it has been quiet.
void file_watch::settle()
{
  timer_.expires_after(settle_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) look_again();
  });
}

void file_watch::look_again()
{
  follow_all(); // before looking: what happens after the look is an event
  auto changed = paths();
  for (auto& [file, last] : files_) {
    auto now = look(file);
    if (now == last) continue;
    last = now;
    changed.push_back(file);
  }
  if (!changed.empty()) on_change_(changed);
}

/// Puts a watch on every directory that leads to a file, and takes away those that do not any more.
void file_watch::follow_all()
{
  auto const before = std::exchange(names_, {});
  followed_.clear();
  directories_.clear();
  refused_.clear();
  for (auto const& [file, last] : files_) {
    links_ = 0;
    follow(file);
  }
  for (auto const& [descriptor, names] : before)
    if (!names_.contains(descriptor)) ::inotify_rm_watch(inotify_.native_handle(), descriptor);
}

/// The path without any link on the way, each step watched before it is taken; empty where the way ends.
fs::path file_watch::follow(fs::path const& absolute)
{
  if (absolute == absolute.root_path()) return absolute;
  if (auto const known = followed_.find(absolute); known != followed_.end()) return known->second;
  auto& end = followed_[absolute]; // empty meanwhile: a loop of links ends here
  auto const directory = follow(absolute.parent_path());
  auto const name = absolute.filename();
  if (directory.empty()) return {};
  if (name.empty() || name == ".") return end = directory;
  if (name == "..") return end = directory.parent_path();
  watch_name(directory, name.string());
  auto error = std::error_code();
  auto const here = directory / name;
  auto const what = fs::symlink_status(here, error);
  if (!fs::exists(what)) return {};
  if (!fs::is_symlink(what)) return end = here;
  auto const target = fs::read_symlink(here, error);
  if (error || ++links_ > most_links) return {};
  return end = follow(directory / target); // an absolute target replaces the directory
}

void file_watch::watch_name(fs::path const& directory, std::string const& name)
{
  auto const [known, is_new] = directories_.try_emplace(directory, -1);
  if (is_new) {
    known->second = ::inotify_add_watch(inotify_.native_handle(), directory.c_str(), what_matters);
    // One that is gone is no trouble: the directory above it tells of its return. One far above that must not be read
    // leads to a file all the same; only its own renaming goes unnoticed.
    auto const small = errno == ENOENT || errno == ENOTDIR || (errno == EACCES && !files_.contains(directory / name));
    if (known->second < 0 && !small) refused_.insert(directory.string() + "': " + reason(errno));
  }
  if (known->second >= 0) names_[known->second].insert(name);
}

} // namespace pilotlight::execute
