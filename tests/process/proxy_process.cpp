#include "tests/process/proxy_process.hpp"

#include "tests/process/worker_odd_models.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <spawn.h>
#include <sstream>
#include <sys/socket.h>
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

} // namespace

boost::json::value reply::json() const
{
  return boost::json::parse(body);
}

std::string reply::error() const
{
  auto failed = boost::system::error_code();
  auto const value = boost::json::parse(body, failed);
  if (failed || !value.is_object() || !value.as_object().contains("error")) return body;
  return std::string(value.at("error").as_string());
}

client::client(std::uint16_t port, std::chrono::milliseconds patience)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
  auto address = sockaddr_in();
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto const time = timeval{patience / 1s, (patience % 1s) / 1us};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  auto const one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

client::~client()
{
  ::close(fd_);
}

bool client::try_send(std::string_view bytes)
{
  while (!bytes.empty()) {
    auto const sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void client::send(std::string_view bytes)
{
  REQUIRE(try_send(bytes));
}

void client::post(std::string_view target, std::string_view body, std::string_view more_headers)
{
  auto text = "POST " + std::string(target) +
              " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  text.append(more_headers).append("\r\n").append(body);
  send(text);
}

bool client::fill()
{
  char piece[65536];
  auto const got = ::recv(fd_, piece, sizeof piece, 0);
  if (got <= 0) return false;
  in_.append(piece, static_cast<std::size_t>(got));
  return true;
}

reply client::read(bool has_body)
{
  auto result = reply();
  auto end = in_.find("\r\n\r\n");
  for (; end == std::string::npos; end = in_.find("\r\n\r\n"))
    if (!fill()) return result;
  auto head = std::istringstream(in_.substr(0, end + 2));
  in_.erase(0, end + 4);
  auto line = std::string();
  std::getline(head, line);
  auto const status = line.size() > 12 ? std::stoi(line.substr(9, 3)) : 0;
  while (std::getline(head, line)) {
    auto const colon = line.find(": ");
    auto name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    result.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
  }
  auto const length = has_body && result.headers.contains("content-length")
                          ? static_cast<std::size_t>(std::stoull(result.headers["content-length"]))
                          : 0;
  while (in_.size() < length)
    if (!fill()) return {};
  result.body = in_.substr(0, length);
  in_.erase(0, length);
  result.status = status;
  return result;
}

reply client::ask(std::string_view target, std::string_view body, std::string_view more_headers)
{
  post(target, body, more_headers);
  return read();
}

reply client::get(std::string_view target)
{
  send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n");
  return read();
}

bool client::closed()
{
  while (fill()) {
  }
  auto byte = char();
  return ::recv(fd_, &byte, 1, MSG_DONTWAIT) == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void client::shut()
{
  ::close(std::exchange(fd_, -1));
}

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

proxy_process::proxy_process(repository const& models, std::vector<std::string> settings)
{
  settings.insert(settings.begin(), {"listen.http=127.0.0.1:0", "listen.admin=127.0.0.1:0",
                                     "models.repository=" + models.path(), "cache.directory=" + folder_.path("cache"),
                                     std::string("worker.binary=") + PILOTLIGHT_WORKER_BINARY});
  auto arguments = std::vector<std::string>{PILOTLIGHT_BINARY, "serve", "--ready-file", folder_.path("ready")};
  for (auto const& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  auto argv = std::vector<char*>();
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  auto actions = posix_spawn_file_actions_t();
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 2, folder_.path("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 2, 1);
  auto const spawned = ::posix_spawn(&pid_, PILOTLIGHT_BINARY, &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  REQUIRE(spawned == 0);
  auto const listening = eventually([&] { return fs::exists(folder_.path("ready")) || !alive(pid_); });
  REQUIRE_MESSAGE(listening, log());
  if (!fs::exists(folder_.path("ready"))) FAIL(log());
  auto const ports = boost::json::parse(text_of(folder_.path("ready")));
  port_ = static_cast<std::uint16_t>(ports.at("http").as_int64());
  admin_ = static_cast<std::uint16_t>(ports.at("admin").as_int64());
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
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

reply proxy_process::infer(std::string const& model, std::string_view body, std::string_view more_headers) const
{
  return client(port_).ask("/v2/models/" + model + "/infer", body, more_headers);
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
  for (auto const one : workers()) {
    auto title = text_of("/proc/" + std::to_string(one) + "/cmdline");
    names.push_back(title.substr(0, title.find('\0')));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string proxy_process::log() const
{
  return text_of(folder_.path("log"));
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

std::string floats_body(std::vector<float> const& values, std::vector<int> const& shape, std::string const& more)
{
  auto text = std::ostringstream();
  text << R"({"inputs":[{"name":"x","datatype":"FP32","shape":[)";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text << (i ? "," : "") << shape[i];
  text << R"(],"data":[)";
  for (std::size_t i = 0; i < values.size(); ++i)
    text << (i ? "," : "") << values[i];
  text << "]}]" << more << "}";
  return text.str();
}

std::string mlp_body()
{
  return floats_body({1, 2, 3, 4}, {1, 4});
}

std::string slow_body(int units, std::string const& more)
{
  return floats_body({static_cast<float>(units)}, {1}, more);
}

bool alive(pid_t pid)
{
  return parent_of("/proc/" + std::to_string(pid)) != 0;
}

} // namespace proxy_tests
