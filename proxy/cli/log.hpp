// Where do log messages go? Builds the logger: stderr or a rotating file, written by a thread of its own so that a full
// disk or a stalled pipe never holds up a request. Owns that thread.
#pragma once
#include "proxy/config/settings.hpp"
#include "shared/failure.hpp"

#include <memory>
#include <optional>
#include <string>

namespace spdlog {
class logger;
namespace details {
class thread_pool;
}
} // namespace spdlog

namespace pilotlight::cli {

/// Keep it as long as anything logs. Its end writes out what is queued.
struct log
{
  std::shared_ptr<spdlog::logger> logger;
  /// Destroyed first: its thread hands back the logger with each message and must not be the one that destroys it.
  std::shared_ptr<spdlog::details::thread_pool> writer;
};

/// A logger as configured. Its queue is small and drops the oldest messages when it is full. A message that cannot be
/// written (disk full) is lost, with one line on stderr at most each minute.
/// Failure: the log file cannot be opened, by name.
result<log> open_log(log_settings const& wanted);

/// Is JOURNAL_STREAM ("device:inode") this very stream? Then the journal stamps the time and reads "<6>" priorities.
bool is_journal(std::optional<std::string> const& journal_stream, unsigned long device, unsigned long inode);

} // namespace pilotlight::cli
