// Runs `pilotlight serve` for the tests and talks to it as clients do. Owns processes, folders and sockets; blocks, at
// most `patience` at a time. Its end is a test too: SIGTERM, exit code 0, and no process of its tree left.
#pragma once
#include "tests/process/proxy_client.hpp"
#include "tests/process/worker_driver.hpp"

#include <functional>
#include <string>
#include <sys/types.h>
#include <thread>
#include <utility>
#include <vector>

namespace proxy_tests {

/// A repository of the tests' own, removed at the end.
class repository
{
public:
  /// A demo model with its model.toml, or one of the odd modules of worker_models.py.
  void add_demo(std::string const& name, std::string const& as = {});
  void add_odd(std::string const& name, std::string const& toml = {}, std::string const& as = {});
  void write(std::string const& path, std::string_view text);
  std::string read(std::string const& path) const;
  std::string path(std::string const& name = {}) const { return folder_.path(name); }

private:
  worker_tests::scratch_folder folder_;
};

/// For the end of a model.toml: what mlp will never answer.
inline constexpr auto mlp_canary_that_fails = R"(
[canary]
[[canary.inputs]]
name = "x"
datatype = "FP32"
shape = [1, 4]
data = [1.0, 2.0, 3.0, 4.0]
[[canary.outputs]]
name = "y"
datatype = "FP32"
shape = [1, 2]
data = [1000.0, 1000.0]
)";

class proxy_process
{
public:
  /// Starts it over that repository with these "key=value" settings and further options, and waits until it takes
  /// requests.
  explicit proxy_process(repository const& models, std::vector<std::string> settings = {},
                         std::vector<std::string> options = {});
  ~proxy_process();
  proxy_process(proxy_process const&) = delete;
  proxy_process& operator=(proxy_process const&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint16_t admin() const { return admin_; }
  pid_t pid() const { return pid_; }

  reply infer(std::string const& model, std::string_view body, std::string_view more_headers = {}) const;
  /// So many of one request at once, each on its own connection.
  std::vector<std::unique_ptr<client>> send(std::string const& model, std::string_view body, int count) const;
  reply ask_admin(std::string_view target, std::string_view body) const;
  /// The model's object of GET /v1/models.
  boost::json::object model(std::string const& name) const;
  std::string state(std::string const& name) const;
  /// Those that are ready.
  std::vector<pid_t> instances(std::string const& name) const;
  /// Waits until an instance other than `but` runs something; its pid.
  pid_t running_instance(std::string const& name, pid_t but = 0) const;
  /// Children of the proxy, which is every process of its tree.
  std::vector<pid_t> workers() const;
  std::vector<std::string> titles() const;
  /// Those whose title starts so: "zygote", "model zygote mlp", "instance mlp".
  std::vector<pid_t> with_role(std::string const& title) const;
  std::string log() const;
  /// How often that stands in the log.
  std::size_t logged(std::string_view words) const;

  void signal(int number) const;
  /// Waits for its end; the exit code, or minus the signal. The destructor then expects nothing more.
  int wait();

private:
  void start(std::vector<std::string> arguments);

  worker_tests::scratch_folder folder_;
  pid_t pid_ = 0;
  std::uint16_t port_ = 0, admin_ = 0;
};

/// How a worker ends that touches what it must not: a sanitized one makes an abort of it.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr auto crash_signal = "SIGABRT";
#else
inline constexpr auto crash_signal = "SIGSEGV";
#endif

/// Polls until true; false after `longest`.
bool eventually(std::function<bool()> const& condition, std::chrono::milliseconds longest = 20s);
bool alive(pid_t pid);
/// Runs `pilotlight` with these arguments to its end: what it printed (both streams), and its exit code.
std::pair<std::string, int> run_proxy(std::vector<std::string> const& arguments);

} // namespace proxy_tests
