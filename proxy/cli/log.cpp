#include "proxy/cli/log.hpp"

#include <cstdlib>
#include <mutex>
#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pilotlight::cli {
namespace {

constexpr std::size_t queued_messages = 256; // each slot takes some 350 bytes, whether used or not

/// The journal's priority of a message, sd-daemon(3): '7' debug to '2' critical.
class priority_flag : public spdlog::custom_flag_formatter
{
public:
  void format(spdlog::details::log_msg const& message, std::tm const&, spdlog::memory_buf_t& out) override
  {
    constexpr char priorities[] = {'7', '7', '6', '4', '3', '2', '2'};
    out.push_back(priorities[message.level]);
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override { return std::make_unique<priority_flag>(); }
};

std::unique_ptr<spdlog::formatter> make_formatter(bool journal)
{
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  if (journal)
    formatter->add_flag<priority_flag>('*').set_pattern("<%*>%v");
  else
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  return formatter;
}

bool stderr_is_journal()
{
  struct stat facts = {};
  if (::fstat(STDERR_FILENO, &facts) != 0) return false;
  auto const* stream = std::getenv("JOURNAL_STREAM"); // NOLINT(concurrency-mt-unsafe): start-up, one thread
  return is_journal(stream ? std::optional<std::string>(stream) : std::nullopt, facts.st_dev, facts.st_ino);
}

/// Tells of lost messages: one line on stderr, at most each minute.
class loss_report
{
public:
  void operator()(std::string const& reason)
  {
    auto const now = std::chrono::steady_clock::now();
    auto const lock = std::lock_guard(state_->guard);
    if (state_->last && now - *state_->last < std::chrono::minutes(1)) return;
    state_->last = now;
    auto const line = "pilotlight: log messages are lost: " + reason + "\n";
    [[maybe_unused]] auto const written = ::write(STDERR_FILENO, line.data(), line.size());
  }

private:
  struct state
  {
    std::mutex guard; ///< the writer's thread and whoever logs
    std::optional<std::chrono::steady_clock::time_point> last;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>(); ///< shared by the copies that std::function makes
};

} // namespace

result<log> open_log(log_settings const& wanted)
{
  auto sink = spdlog::sink_ptr();
  try {
    if (wanted.file.empty())
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
      sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          wanted.file, wanted.max_bytes, static_cast<std::size_t>(std::max(wanted.files - 1, 0)));
  } catch (std::exception const& error) {
    return failure{fault::bad_request, "'log.file': " + std::string(error.what())};
  }
  sink->set_formatter(make_formatter(wanted.file.empty() && stderr_is_journal()));

  auto opened = log();
  opened.writer = std::make_shared<spdlog::details::thread_pool>(queued_messages, 1);
  opened.logger = std::make_shared<spdlog::async_logger>("pilotlight", std::move(sink), opened.writer,
                                                         spdlog::async_overflow_policy::overrun_oldest);
  opened.logger->set_level(spdlog::level::from_str(wanted.level));
  opened.logger->flush_on(spdlog::level::trace);
  opened.logger->set_error_handler(loss_report());
  return opened;
}

bool is_journal(std::optional<std::string> const& journal_stream, unsigned long device, unsigned long inode)
{
  return journal_stream == std::to_string(device) + ":" + std::to_string(inode);
}

} // namespace pilotlight::cli
