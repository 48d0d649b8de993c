// What do proxy and worker processes tell each other beside the rings? One JSON object a packet over a SOCK_SEQPACKET
// pair, each end of a pair owned by one process of the tree. Plain data; the channel itself never goes this way.
//
//   proxy -> zygote         fork_model     + 1 fd: the model zygote's end of its own pair
//   proxy -> model zygote   fork_instance  + 1 fd: the instance's end of its own pair
//   proxy -> instance       attach         + 4 fds: segment, request arena, worker's doorbell, proxy's doorbell
//   child -> proxy          hello (first packet of every process of the tree), then ready | failed | warmed | notice
//
// All can be sent ahead: the packets wait in the socket until the process that reads them exists.
#pragma once
#include "shared/failure.hpp"
#include "shared/signature.hpp"

#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pilotlight {

/// A tensor to warm up with: zeros of that type and shape (every dimension > 0), named as the model names it.
struct warmup_tensor
{
  std::string name;
  std::string datatype;
  std::vector<std::int64_t> shape;
};
BOOST_DESCRIBE_STRUCT(warmup_tensor, (), (name, datatype, shape))

/// A constant for a non-tensor argument, as text with its kind ("int", "float", "bool", "string").
struct constant_argument
{
  std::string name;
  std::string kind;
  std::string value;
};
BOOST_DESCRIBE_STRUCT(constant_argument, (), (name, kind, value))

/// Where the rows of a batch lie in the tensor of that name.
struct tensor_dimension
{
  std::string name;
  int dimension = 0;
};
BOOST_DESCRIBE_STRUCT(tensor_dimension, (), (name, dimension))

/// Requests that wait together may run as one forward.
struct batching
{
  int max_size = 1; ///< rows of one forward; 1: off
  std::int64_t delay_max_us = 0;
  std::int64_t latency_target_us = 0; ///< 0: none
  int dimension = 0;                  ///< of tensors that the lists do not name
  std::vector<tensor_dimension> inputs;
  std::vector<tensor_dimension> outputs;
};
BOOST_DESCRIBE_STRUCT(batching, (), (max_size, delay_max_us, latency_target_us, dimension, inputs, outputs))

/// Load this model and become its zygote.
struct fork_model
{
  std::string key;                  ///< "minilm:1", shown in the process title
  std::string path;                 ///< model.pt, or the folder a .pt2 was unpacked to
  std::string format;               ///< "torchscript" or "aotinductor"
  std::vector<std::string> inputs;  ///< names from model.toml in order of forward()'s tensor arguments; empty: its own
  std::vector<std::string> outputs; ///< names from model.toml; empty: OUTPUT__0...
  std::vector<constant_argument> constants;
  bool restore_state = true; ///< default mode of a stateful model: every request on the state of a fresh load
  bool warmup = true;        ///< warm the model zygote after its first forks
  std::vector<std::vector<warmup_tensor>> warmups; ///< one forward each, twice
  int threads = 1;                                 ///< intra-op threads of an instance; 0: from the cgroup quota
  std::string device = "cpu";
  batching batch;
};
BOOST_DESCRIBE_STRUCT(fork_model, (),
                      (key, path, format, inputs, outputs, constants, restore_state, warmup, warmups, threads, device,
                       batch))

struct fork_instance
{
  std::string name; ///< "minilm:1/2", shown in the process title
  int threads = 1;
  bool spin = false;   ///< spin shortly on an empty ring before sleeping
  int warm_rounds = 0; ///< forwards over the warm-up inputs before it is ready; 0 where requests wait for it
  batching batch{0, 0, 0, 0, {}, {}}; ///< as configured now; max_size 0: as its model zygote was told
};
BOOST_DESCRIBE_STRUCT(fork_instance, (), (name, threads, spin, warm_rounds, batch))

/// Map the memory that came with this and serve from it.
struct attach
{
  std::uint64_t request_arena_size = 0;
};
BOOST_DESCRIBE_STRUCT(attach, (), (request_arena_size))

/// First packet of every process. The proxy takes the pid from here, checks it against SO_PEERCRED-like facts
/// (it must be its own child) and opens no handle on anything else.
struct hello
{
  std::int32_t pid = 0;
};
BOOST_DESCRIBE_STRUCT(hello, (), (pid))

/// zygote: LibTorch is up. model zygote: loaded (not yet warmed). instance: mapped, taking requests.
struct ready
{
  double milliseconds = 0;            ///< what that took inside the process
  std::vector<std::string> arguments; ///< model zygote: input names in effect
};
BOOST_DESCRIBE_STRUCT(ready, (), (milliseconds, arguments))

/// The model zygote has finished its own warm-up; later instances start warm. `error` says why it could not.
struct warmed
{
  double milliseconds = 0;
  std::string error;
};
BOOST_DESCRIBE_STRUCT(warmed, (), (milliseconds, error))

/// This process cannot do what it was made for (bad model file, fork refused); it exits after saying so.
struct failed
{
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(failed, (), (reason))

/// Something that whoever runs this model should know; nothing ends for it.
struct notice
{
  std::string text;
};
BOOST_DESCRIBE_STRUCT(notice, (), (text))

using message = std::variant<fork_model, fork_instance, attach, hello, ready, warmed, failed, notice>;

/// One packet's text, and back. A text that is no known message is a failure naming why.
std::string encode(message const& value);
result<message> decode(std::string_view text);

} // namespace pilotlight
