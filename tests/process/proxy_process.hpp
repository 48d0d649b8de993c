// Runs `pilotlight serve` for the tests and talks to it as clients do. Owns processes, folders and sockets; blocks, at
// most `patience` at a time. Its end is a test too: SIGTERM, exit code 0, and no process of its tree left.
#pragma once
#include "tests/process/worker_driver.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>
#include <utility>
#include <vector>

namespace proxy_tests {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// What came back for one request.
struct reply
{
  int status = 0;                             ///< 0: the connection broke
  std::map<std::string, std::string> headers; ///< names in lower case
  std::string body;

  boost::json::value json() const;
  std::string error() const; ///< the sentence of {"error": ...}; else the body
};

/// One connection, kept alive. Sends raw bytes or requests, reads replies.
class client
{
public:
  explicit client(std::uint16_t port, std::chrono::milliseconds patience = 20s);
  ~client();
  client(client const&) = delete;
  client& operator=(client const&) = delete;

  void send(std::string_view bytes);
  /// False when nothing more can be sent.
  bool try_send(std::string_view bytes);
  void post(std::string_view target, std::string_view body, std::string_view more_headers = {});
  /// The next reply; `has_body` is false after HEAD.
  reply read(bool has_body = true);
  reply ask(std::string_view target, std::string_view body, std::string_view more_headers = {});
  reply get(std::string_view target);
  /// True when the server has closed the connection (within the patience).
  bool closed();
  void shut();

private:
  bool fill();
  int fd_ = -1;
  std::string in_;
};

/// A repository of the tests' own, removed at the end.
class repository
{
public:
  /// A demo model with its model.toml, or one of the odd modules of worker_models.py.
  void add_demo(std::string const& name, std::string const& as = {});
  void add_odd(std::string const& name, std::string const& toml = {}, std::string const& as = {});
  void write(std::string const& path, std::string_view text);
  std::string path(std::string const& name = {}) const { return folder_.path(name); }

private:
  worker_tests::scratch_folder folder_;
};

class proxy_process
{
public:
  /// Starts it over that repository with these "key=value" settings and waits until it takes requests.
  explicit proxy_process(repository const& models, std::vector<std::string> settings = {});
  ~proxy_process();
  proxy_process(proxy_process const&) = delete;
  proxy_process& operator=(proxy_process const&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint16_t admin() const { return admin_; }
  pid_t pid() const { return pid_; }

  reply infer(std::string const& model, std::string_view body, std::string_view more_headers = {}) const;
  reply ask_admin(std::string_view target, std::string_view body) const;
  /// The model's object of GET /v1/models.
  boost::json::object model(std::string const& name) const;
  std::string state(std::string const& name) const;
  std::vector<pid_t> instances(std::string const& name) const;
  /// Children of the proxy, which is every process of its tree.
  std::vector<pid_t> workers() const;
  std::vector<std::string> titles() const;
  std::string log() const;

  void signal(int number) const;
  /// Waits for its end; the exit code, or minus the signal. The destructor then expects nothing more.
  int wait();

private:
  worker_tests::scratch_folder folder_;
  pid_t pid_ = 0;
  std::uint16_t port_ = 0, admin_ = 0;
};

/// Polls until true; false after `longest`.
bool eventually(std::function<bool()> const& condition, std::chrono::milliseconds longest = 20s);
/// The body of an infer request with one FP32 input `x`.
std::string floats_body(std::vector<float> const& values, std::vector<int> const& shape, std::string const& more = {});
/// The tiny MLP's usual request.
std::string mlp_body();
/// Keeps the `slow` module of worker_models.py busy for so many units of its work (a millisecond or so each).
std::string slow_body(int units, std::string const& more = {});
bool alive(pid_t pid);
/// Runs `pilotlight` with these arguments to its end: what it printed (both streams), and its exit code.
std::pair<std::string, int> run_proxy(std::vector<std::string> const& arguments);

} // namespace proxy_tests
