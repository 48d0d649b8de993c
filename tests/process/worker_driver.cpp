#include "tests/process/worker_driver.hpp"

#include "shared/memfd.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace worker_tests {
namespace {

using namespace pilotlight;

constexpr std::size_t place_size = 1 << 20;

std::string text_of(std::string const& path)
{
  auto file = std::ifstream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::filesystem::path demo()
{
  if (auto const* given = std::getenv("PILOTLIGHT_DEMO")) return given;
  return std::filesystem::path(PILOTLIGHT_SOURCE_DIR) / "demo";
}

unique_fd sealed_memfd(std::size_t size)
{
  auto fd = make_memfd("test-requests", size);
  REQUIRE(fd.has_value());
  return std::move(*fd);
}

boost::interprocess::mapped_region map_requests(unique_fd const& fd, std::size_t size)
{
  auto region = map_memfd(fd.get(), size, boost::interprocess::read_write);
  REQUIRE(region.has_value());
  REQUIRE(seal(fd.get(), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE).has_value());
  return std::move(*region);
}

segment make_segment(std::size_t arena)
{
  auto memory = segment::make(arena);
  REQUIRE(memory.has_value());
  return std::move(*memory);
}

} // namespace

std::string demo_model(std::string const& name, std::string const& file)
{
  return (demo() / "models" / name / "1" / file).string();
}

boost::json::array expected_cases(std::string const& name)
{
  return boost::json::parse(text_of((demo() / "expected" / (name + ".json")).string())).at("cases").as_array();
}

std::optional<packet> next(int socket)
{
  auto waiting = pollfd{socket, POLLIN, 0};
  if (::poll(&waiting, 1, std::chrono::milliseconds(patience).count()) <= 0) return std::nullopt;
  auto received = receive_message(socket);
  if (!received) return std::nullopt;
  return std::move(*received);
}

child_process::~child_process()
{
  socket_.reset();
  if (pid_ > 0 && reap() == -1) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

bool child_process::greet()
{
  auto const said = expect<hello>(socket_.get());
  if (said) pid_ = said->pid;
  return said.has_value();
}

int child_process::reap()
{
  auto const end = std::chrono::steady_clock::now() + patience;
  auto status = 0;
  while (std::chrono::steady_clock::now() < end) {
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      return status;
    }
    ::usleep(200);
  }
  return -1;
}

child_process spawn_zygote()
{
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  auto pair = make_control_pair();
  REQUIRE(pair.has_value());
  // As the proxy does: huge pages make the start and each fork cheaper.
  ::setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pair->second.get(), 3);
  auto binary = std::string(PILOTLIGHT_WORKER_BINARY);
  auto role = std::string("--zygote");
  auto fd = std::string("3");
  char* arguments[] = {binary.data(), role.data(), fd.data(), nullptr};
  auto pid = pid_t{};
  REQUIRE(::posix_spawn(&pid, binary.c_str(), &actions, nullptr, arguments, environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  auto zygote = child_process(std::move(pair->first));
  pair->second.reset();
  REQUIRE(zygote.greet());
  REQUIRE(zygote.pid() == pid);
  return zygote;
}

child_process fork_from(int socket, message const& order)
{
  auto pair = make_control_pair();
  REQUIRE(pair.has_value());
  REQUIRE(send_message(socket, order, {pair->second.get()}).has_value());
  return child_process(std::move(pair->first));
}

named_tensor floats(std::string name, std::vector<std::int64_t> shape, std::vector<float> const& values)
{
  auto const* bytes = reinterpret_cast<std::byte const*>(values.data());
  return {std::move(name), datatype::fp32, std::move(shape), {bytes, bytes + values.size() * sizeof(float)}};
}

named_tensor tensor_of(boost::json::value const& json)
{
  auto tensor =
      named_tensor{json.at("name").as_string().c_str(), *parse_datatype(json.at("datatype").as_string()), {}, {}};
  for (auto const& extent : json.at("shape").as_array())
    tensor.shape.push_back(extent.as_int64());
  auto const append = [&](auto value) {
    auto const* bytes = reinterpret_cast<std::byte const*>(&value);
    tensor.bytes.insert(tensor.bytes.end(), bytes, bytes + sizeof value);
  };
  for (auto const& value : json.at("data").as_array()) {
    if (tensor.type == datatype::int64)
      append(value.as_int64());
    else
      append(value.to_number<float>());
  }
  return tensor;
}

std::vector<float> as_floats(named_tensor const& tensor)
{
  auto values = std::vector<float>(tensor.bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(float));
  return values;
}

instance_channel::instance_channel(child_process process, std::size_t arena, std::size_t requests)
    : process_(std::move(process)), memory_(make_segment(arena)), requests_fd_(sealed_memfd(requests)),
      requests_(map_requests(requests_fd_, requests)), worker_bell_(*doorbell::make()), own_bell_(*doorbell::make()),
      submissions_(memory_.header().submissions, memory_.submissions()),
      completions_(memory_.header().completions, memory_.completions()),
      releases_(memory_.header().releases, memory_.releases()), probes_(memory_.header().probes, memory_.probes()),
      probe_answers_(memory_.header().probe_answers, memory_.probe_answers())
{
  REQUIRE(send_message(process_.socket(), attach{requests},
                       {memory_.fd(), requests_fd_.get(), worker_bell_.fd(), own_bell_.fd()})
              .has_value());
}

bool instance_channel::ready()
{
  return process_.greet() && expect<pilotlight::ready>(process_.socket()).has_value();
}

void instance_channel::push(ring_producer<submission>& ring, submission const& what)
{
  REQUIRE(ring.push(what));
  auto const idle = must_ring(header().worker_sleeps);
  auto const cramped = must_ring(header().worker_lacks_room);
  if (idle || cramped) worker_bell_.ring();
}

submission instance_channel::write(request const& what, std::size_t place, std::uint32_t flags)
{
  auto const base = place * place_size;
  auto table = tensor_table();
  auto offset = base + 16384;
  auto* arena = static_cast<std::byte*>(requests_.get_address());
  for (auto const& input : what.inputs) {
    auto& entry = table.tensors.emplace_back();
    entry.name = input.name;
    entry.type = input.type;
    entry.shape.assign(input.shape.begin(), input.shape.end());
    entry.offset = offset + what.misalign;
    entry.length = input.bytes.size();
    if (!input.bytes.empty()) std::memcpy(arena + entry.offset, input.bytes.data(), input.bytes.size());
    offset += (input.bytes.size() + 127) / 64 * 64;
  }
  for (auto const& argument : what.arguments)
    table.arguments.push_back(argument);
  auto const length = table_size(table);
  write_table(table, {arena + base, length});
  return {++last_request_, base, static_cast<std::uint32_t>(length), flags};
}

std::uint64_t instance_channel::submit(request const& what, std::size_t place, std::uint32_t flags)
{
  push(submissions_, write(what, place, flags));
  return last_request_;
}

std::uint64_t instance_channel::submit_heartbeat()
{
  push(probes_, {++last_request_, 0, 0, heartbeat});
  return last_request_;
}

void instance_channel::adjust(std::uint32_t threads, bool again)
{
  push(probes_, {1, 0, threads, (threads > 0 ? set_threads : 0U) | (again ? refresh : 0U)});
}

std::uint64_t instance_channel::submit_canary(request const& what, std::size_t place)
{
  push(probes_, write(what, place, canary));
  return last_request_;
}

std::optional<answer> instance_channel::wait()
{
  return wait_on(completions_, patience);
}

std::optional<answer> instance_channel::wait_for_probe(std::chrono::milliseconds longest)
{
  return wait_on(probe_answers_, longest);
}

std::optional<answer> instance_channel::wait_on(completion_ring& ring, std::chrono::milliseconds longest)
{
  auto const end = std::chrono::steady_clock::now() + longest;
  auto done = completion();
  while (!ring.pop(done)) {
    if (std::chrono::steady_clock::now() > end) return std::nullopt;
    announce_sleep(header().proxy_sleeps);
    if (ring.empty()) {
      pollfd waiting[] = {{own_bell_.fd(), POLLIN, 0}, {process_.socket(), 0, 0}};
      ::poll(waiting, 2, static_cast<int>(std::min<std::int64_t>(longest.count(), 100)));
      own_bell_.clear();
      if (waiting[1].revents & (POLLHUP | POLLERR) && ring.empty()) return std::nullopt;
    }
    awake(header().proxy_sleeps);
  }
  auto found = read(done);
  if (!keep_blocks) give_back(done);
  return found;
}

void instance_channel::give_back(completion const& done)
{
  if (done.block_length != 0) releases_.push({done.block_offset});
  if (must_ring(header().worker_lacks_room)) worker_bell_.ring();
}

answer instance_channel::read(completion const& done)
{
  auto found = answer{done.status, {}, {}, done};
  if (done.block_length == 0) return found;
  auto const arena = memory_.arena();
  auto const blob =
      std::vector<std::byte>(arena.begin() + static_cast<std::ptrdiff_t>(done.block_offset),
                             arena.begin() + static_cast<std::ptrdiff_t>(done.block_offset + done.table_length));
  if (done.status != fault::none) {
    found.sentence.assign(reinterpret_cast<char const*>(blob.data()), blob.size());
    return found;
  }
  auto table = tensor_table();
  auto const checked = read_table(blob, arena.size(), table);
  REQUIRE_MESSAGE(checked.has_value(), (checked ? "" : checked.error().sentence));
  for (auto const& entry : table.tensors) {
    CHECK(entry.offset % tensor_alignment == 0);
    CHECK(entry.offset >= done.block_offset);
    CHECK(entry.offset + entry.length <= done.block_offset + done.block_length);
    auto const bytes = arena.subspan(entry.offset, entry.length);
    found.outputs.push_back(
        {std::string(entry.name), entry.type, {entry.shape.begin(), entry.shape.end()}, {bytes.begin(), bytes.end()}});
  }
  return found;
}

std::optional<answer> instance_channel::ask(request const& what)
{
  submit(what);
  return wait();
}

fork_model order_for(std::string const& name, std::string const& format)
{
  auto order = fork_model();
  order.key = name + ":1";
  order.path = demo_model(name);
  order.format = format;
  if (name.starts_with("silero")) order.constants = {{"sr", "int", "16000"}};
  return order;
}

double difference(std::vector<float> const& got, std::vector<float> const& wanted)
{
  if (got.size() != wanted.size()) return std::numeric_limits<double>::infinity();
  auto most = 0.0;
  for (std::size_t i = 0; i < got.size(); ++i)
    most = std::max(most, std::abs(double(got[i]) - double(wanted[i])) / (1 + std::abs(double(wanted[i]))));
  return most;
}

std::pair<std::string, int> run_worker(std::vector<std::string> const& arguments, std::string const& input)
{
  int in[2];
  int out[2];
  REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  auto words = arguments;
  words.insert(words.begin(), PILOTLIGHT_WORKER_BINARY);
  auto pointers = std::vector<char*>();
  for (auto& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  auto pid = pid_t{};
  REQUIRE(::posix_spawn(&pid, PILOTLIGHT_WORKER_BINARY, &actions, nullptr, pointers.data(), environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  auto const reading = unique_fd(out[0]);
  auto writing = unique_fd(in[1]);
  ::close(in[0]);
  ::close(out[1]);
  REQUIRE(::write(writing.get(), input.data(), input.size()) == static_cast<ssize_t>(input.size()));
  writing.reset();
  auto text = std::string();
  char part[4096];
  for (auto got = ::read(reading.get(), part, sizeof part); got > 0; got = ::read(reading.get(), part, sizeof part))
    text.append(part, static_cast<std::size_t>(got));
  auto status = 0;
  ::waitpid(pid, &status, 0);
  return {text, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

scratch_folder::scratch_folder() : path_((std::filesystem::temp_directory_path() / "pilotlight-test-XXXXXX").string())
{
  REQUIRE(::mkdtemp(path_.data()) != nullptr);
}

scratch_folder::~scratch_folder()
{
  auto ignored = std::error_code();
  std::filesystem::remove_all(path_, ignored);
}

} // namespace worker_tests
