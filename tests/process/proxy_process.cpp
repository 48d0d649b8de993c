#include "tests/process/proxy_process.hpp"

#include "tests/process/worker_odd_models.hpp"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): POSIX declares it nowhere

namespace proxy_tests {
namespace {

namespace fs = std::filesystem;

/// A process's file in /proc may fail to be read while the process ends: then this is what was read before. (The bare
/// buffer would throw; the stream does not.)
std::string text_of(fs::path const& path)
{
  auto text = std::ostringstream();
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

/// Parent of a process, from /proc; 0 when it is gone or a zombie.
pid_t parent_of(fs::path const& entry)
{
  auto const line = text_of(entry / "stat");
  auto const end = line.rfind(')');
  if (end == std::string::npos) return 0;
  auto state = char();
  auto parent = pid_t();
  std::istringstream(line.substr(end + 1)) >> state >> parent;
  return state == 'Z' ? 0 : parent;
}

std::string title_of(pid_t pid)
{
  auto const line = text_of("/proc/" + std::to_string(pid) + "/cmdline");
  return line.substr(0, line.find('\0'));
}

} // namespace

void repository::add_demo(std::string const& name, std::string const& as)
{
  auto const from = fs::path(worker_tests::demo_model(name, "")).parent_path().parent_path();
  fs::copy(from, folder_.path(as.empty() ? name : as), fs::copy_options::recursive);
}

void repository::add_odd(std::string const& name, std::string const& toml, std::string const& as)
{
  auto const model = as.empty() ? name : as;
  fs::create_directories(folder_.path(model + "/1"));
  fs::copy_file(worker_tests::odd_file(name), folder_.path(model + "/1/model.pt"));
  if (!toml.empty()) write(model + "/model.toml", toml);
}

void repository::write(std::string const& path, std::string_view text)
{
  fs::create_directories(fs::path(folder_.path(path)).parent_path());
  std::ofstream(folder_.path(path), std::ios::binary) << text;
}

std::string repository::read(std::string const& path) const
{
  return text_of(folder_.path(path));
}

proxy_process::proxy_process(repository const& models, std::vector<std::string> settings,
                             std::vector<std::string> options)
{
  settings.insert(settings.begin(), {"listen.http=127.0.0.1:0", "listen.admin=127.0.0.1:0",
                                     "models.repository=" + models.path(), "cache.directory=" + folder_.path("cache"),
                                     std::string("worker.binary=") + PILOTLIGHT_WORKER_BINARY});
  auto arguments = std::vector<std::string>{PILOTLIGHT_BINARY, "serve", "--ready-file", folder_.path("ready")};
  for (auto const& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  arguments.insert(arguments.end(), options.begin(), options.end());
  start(std::move(arguments));
  auto const listening = eventually([&] { return fs::exists(folder_.path("ready")) || !alive(pid_); });
  REQUIRE_MESSAGE(listening, log());
  if (!fs::exists(folder_.path("ready"))) FAIL(log());
  auto const ports = boost::json::parse(text_of(folder_.path("ready")));
  port_ = static_cast<std::uint16_t>(ports.at("http").as_int64());
  admin_ = static_cast<std::uint16_t>(ports.at("admin").as_int64());
}

/// In a temporary folder of its own, which must be empty when everything has ended.
void proxy_process::start(std::vector<std::string> arguments)
{
  // So that a test run that is killed leaves no proxy behind.
  arguments.insert(arguments.begin(), {"setpriv", "--pdeathsig", "KILL"});
  auto argv = std::vector<char*>();
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  fs::create_directory(folder_.path("tmp"));
  auto temporary = "TMPDIR=" + folder_.path("tmp");
  auto variables = std::vector<char*>();
  for (auto** each = environ; *each; ++each)
    if (!std::string_view(*each).starts_with("TMPDIR=")) variables.push_back(*each);
  variables.push_back(temporary.data());
  variables.push_back(nullptr);
  auto actions = posix_spawn_file_actions_t();
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 2, folder_.path("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 2, 1);
  auto const spawned = ::posix_spawnp(&pid_, "setpriv", &actions, nullptr, argv.data(), variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  REQUIRE(spawned == 0);
}

proxy_process::~proxy_process()
{
  if (pid_ == 0) return;
  auto const tree = workers();
  signal(SIGTERM);
  auto const code = wait();
  CHECK_MESSAGE(code == 0, log());
  for (auto const one : tree)
    CHECK_FALSE(alive(one));
}

void proxy_process::signal(int number) const
{
  ::kill(pid_, number);
}

int proxy_process::wait()
{
  auto status = 0;
  auto const ended = eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, 40s);
  if (!ended) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
  }
  pid_ = 0;
  CHECK_MESSAGE(ended, "the proxy did not end");
  CHECK_MESSAGE(fs::is_empty(folder_.path("tmp")), "files are left in TMPDIR");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

reply proxy_process::infer(std::string const& model, std::string_view body, std::string_view more_headers) const
{
  return client(port_).ask("/v2/models/" + model + "/infer", body, more_headers);
}

std::vector<std::unique_ptr<client>> proxy_process::send(std::string const& model, std::string_view body,
                                                         int count) const
{
  return send_each(port_, "/v2/models/" + model + "/infer", body, count);
}

reply proxy_process::ask_admin(std::string_view target, std::string_view body) const
{
  return client(admin_).ask(target, body);
}

boost::json::object proxy_process::model(std::string const& name) const
{
  auto const all = client(admin_).get("/v1/models").json();
  for (auto const& each : all.at("models").as_array())
    if (each.at("name").as_string() == name) return each.as_object();
  FAIL("no model " << name);
  return {};
}

std::string proxy_process::state(std::string const& name) const
{
  return std::string(model(name).at("state").as_string());
}

std::vector<pid_t> proxy_process::instances(std::string const& name) const
{
  auto pids = std::vector<pid_t>();
  auto const seen = model(name);
  for (auto const& each : seen.at("instances").as_array())
    if (each.at("state").as_string() == "ready") pids.push_back(static_cast<pid_t>(each.at("pid").as_int64()));
  return pids;
}

pid_t proxy_process::running_instance(std::string const& name, pid_t but) const
{
  auto found = pid_t{0};
  eventually([&] {
    auto const seen = model(name);
    for (auto const& each : seen.at("instances").as_array())
      if (each.at("in_flight").as_int64() > 0 && each.at("state").as_string() == "ready" &&
          each.at("pid").as_int64() != but)
        found = static_cast<pid_t>(each.at("pid").as_int64());
    return found != 0;
  });
  REQUIRE(found != 0);
  return found;
}

std::vector<pid_t> proxy_process::workers() const
{
  auto pids = std::vector<pid_t>();
  for (auto const& entry : fs::directory_iterator("/proc")) {
    auto const name = entry.path().filename().string();
    if (!std::isdigit(static_cast<unsigned char>(name[0]))) continue;
    if (parent_of(entry.path()) == pid_) pids.push_back(static_cast<pid_t>(std::stoi(name)));
  }
  return pids;
}

std::vector<std::string> proxy_process::titles() const
{
  auto names = std::vector<std::string>();
  for (auto const one : workers())
    names.push_back(title_of(one));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<pid_t> proxy_process::with_role(std::string const& title) const
{
  auto found = workers();
  std::erase_if(found, [&](pid_t one) { return !title_of(one).starts_with("pilotlight-worker: " + title); });
  return found;
}

std::string proxy_process::log() const
{
  return text_of(folder_.path("log"));
}

std::size_t proxy_process::logged(std::string_view words) const
{
  auto const text = log();
  auto count = std::size_t{0};
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1))
    ++count;
  return count;
}

std::pair<std::string, int> run_proxy(std::vector<std::string> const& arguments)
{
  auto command = std::string(PILOTLIGHT_BINARY);
  for (auto const& argument : arguments)
    command += " '" + argument + "'";
  auto* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  auto text = std::string();
  char piece[4096];
  for (auto got = std::size_t{1}; got > 0;) {
    got = std::fread(piece, 1, sizeof piece, pipe);
    text.append(piece, got);
  }
  auto const status = ::pclose(pipe);
  return {text, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

bool eventually(std::function<bool()> const& condition, std::chrono::milliseconds longest)
{
  auto const until = clock::now() + longest;
  while (clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return condition();
}

bool alive(pid_t pid)
{
  return parent_of("/proc/" + std::to_string(pid)) != 0;
}

} // namespace proxy_tests
