// Plays the proxy for the worker's tests: spawns the tree, passes sockets and memory, asks and waits for answers.
// Owns processes and descriptors; blocks, at most `patience` at a time.
#pragma once
#include "shared/buddy.hpp"
#include "shared/control_socket.hpp"
#include "shared/segment.hpp"
#include "shared/tensor_table.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <variant>
#include <vector>

namespace worker_tests {

inline constexpr auto patience = std::chrono::seconds(20);

/// A demo model's file, e.g. demo_model("mlp", "model.pt"); PILOTLIGHT_DEMO, else demo/ in the source tree.
std::string demo_model(std::string const& name, std::string const& file = "model.pt");
/// The `cases` of expected/<name>.json.
boost::json::array expected_cases(std::string const& name);

/// The next packet, or nothing within `patience`; an end of the socket fails the test.
std::optional<pilotlight::packet> next(int socket);

template <class Body>
std::optional<Body> expect(int socket)
{
  auto received = next(socket);
  if (!received || !std::get_if<Body>(&received->body)) return std::nullopt;
  return std::get<Body>(std::move(received->body));
}

/// Seen through the proxy's end of its socket; closes it and reaps the process at the end.
class child_process
{
public:
  explicit child_process(pilotlight::unique_fd socket) : socket_(std::move(socket)) {}
  child_process(child_process&& other) noexcept : socket_(std::move(other.socket_)), pid_(std::exchange(other.pid_, 0))
  {
  }
  ~child_process();

  int socket() const { return socket_.get(); }
  pid_t pid() const { return pid_; }
  /// Takes the hello packet; false when it does not come.
  bool greet();
  /// Waits for its end: the status of waitpid, or -1.
  int reap();

private:
  pilotlight::unique_fd socket_;
  pid_t pid_ = 0;
};

/// "pilotlight-worker --zygote", with this process as subreaper and parent; greeted and ready.
child_process spawn_zygote();
/// Sends the order with one end of a new pair; not greeted yet.
child_process fork_from(int socket, pilotlight::message const& order);

struct named_tensor
{
  std::string name;
  pilotlight::datatype type = pilotlight::datatype::fp32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;
};

named_tensor floats(std::string name, std::vector<std::int64_t> shape, std::vector<float> const& values);
/// A tensor of expected/*.json.
named_tensor tensor_of(boost::json::value const& json);
std::vector<float> as_floats(named_tensor const& tensor);

struct request
{
  std::vector<named_tensor> inputs;
  std::vector<pilotlight::argument_entry> arguments;
  std::size_t misalign = 0; ///< bytes that every tensor is shifted by
};

struct answer
{
  pilotlight::fault status = pilotlight::fault::internal;
  std::string sentence;
  std::vector<named_tensor> outputs;
  pilotlight::completion raw;
};

/// The proxy's side of one instance's channel.
class instance_channel
{
public:
  explicit instance_channel(child_process process, std::size_t arena = 1 << 20, std::size_t requests = 16 << 20);

  child_process& process() { return process_; }
  pilotlight::segment_header& header() { return memory_.header(); }
  bool ready();
  /// Submits and waits for the completion; gives the block back unless `keep_blocks`.
  std::optional<answer> ask(request const& what);
  /// The two halves of `ask`; submits at `place` 0..15 of the request arena.
  std::uint64_t submit(request const& what, std::size_t place = 0, std::uint32_t flags = 0);
  std::optional<answer> wait();
  void give_back(pilotlight::completion const& done);
  /// The same on the probe lane.
  std::uint64_t submit_heartbeat();
  void adjust(std::uint32_t threads, bool again);
  std::uint64_t submit_canary(request const& what, std::size_t place = 15);
  std::optional<answer> wait_for_probe(std::chrono::milliseconds longest = patience);

  bool keep_blocks = false;

private:
  using completion_ring = pilotlight::ring_consumer<pilotlight::completion>;
  pilotlight::submission write(request const& what, std::size_t place, std::uint32_t flags);
  void push(pilotlight::ring_producer<pilotlight::submission>& ring, pilotlight::submission const& what);
  std::optional<answer> wait_on(completion_ring& ring, std::chrono::milliseconds longest);
  answer read(pilotlight::completion const& done);

  child_process process_;
  pilotlight::segment memory_;
  pilotlight::unique_fd requests_fd_;
  boost::interprocess::mapped_region requests_;
  pilotlight::doorbell worker_bell_;
  pilotlight::doorbell own_bell_;
  pilotlight::ring_producer<pilotlight::submission> submissions_;
  completion_ring completions_;
  pilotlight::ring_producer<pilotlight::release> releases_;
  pilotlight::ring_producer<pilotlight::submission> probes_;
  completion_ring probe_answers_;
  std::uint64_t last_request_ = 0;
};

/// The order for a demo model of one FP32 input, restore_state on.
pilotlight::fork_model order_for(std::string const& name, std::string const& format = "torchscript");
/// Largest difference relative to 1 + |expected|; infinite when the counts differ.
double difference(std::vector<float> const& got, std::vector<float> const& wanted);
/// Runs the worker with these arguments and stdin; its stdout and exit code.
std::pair<std::string, int> run_worker(std::vector<std::string> const& arguments, std::string const& input = {});
/// An empty folder that is removed at the end.
class scratch_folder
{
public:
  scratch_folder();
  ~scratch_folder();
  std::string path(std::string const& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

} // namespace worker_tests
