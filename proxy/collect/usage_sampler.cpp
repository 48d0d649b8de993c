#include "proxy/collect/usage_sampler.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <unordered_map>

namespace pilotlight::collect {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto fresh_for = std::chrono::seconds(1);
/// Weighing all takes so much of the time at most: one part in 20.
constexpr int weighing_share = 20;

struct known_process
{
  clock::time_point when;
  process_times times;
  process_usage usage;
  bool alive = false;
};
using known_processes = std::unordered_map<pid_t, known_process>;

void sample_process(pid_t pid, known_process& one, bool weigh)
{
  auto const when = clock::now();
  auto const now = read_process_times(pid);
  if (!now) {
    one = {};
    return;
  }
  auto const same = one.alive && one.times.started == now->started;
  one.usage.measured = same;
  one.usage.cores = same ? cores_between(one.times, *now, when - one.when) : 0;
  one.usage.threads = now->threads;
  if (weigh || !same) one.usage.pss = read_pss(pid);
  one.when = when;
  one.times = *now;
  one.alive = true;
}

} // namespace

struct usage_sampler::state : std::enable_shared_from_this<state>
{
  state(asio::io_context& of_io, asio::thread_pool& of_background) : io(of_io), background(of_background) {}

  bool fresh(std::vector<pid_t> const& processes, clock::time_point now) const
  {
    return recent(now) &&
           std::all_of(processes.begin(), processes.end(), [&](pid_t pid) { return known.contains(pid); });
  }

  bool recent(clock::time_point now) const { return sampled && now - *sampled < fresh_for; }

  void start(clock::time_point now)
  {
    busy = true;
    auto wanted = std::move(asked);
    asked.clear();
    waiting.swap(served);
    // A sample taken early, for a new process alone, leaves the others their figures: CPU over some milliseconds says
    // little.
    auto const whole = !recent(now);
    if (!whole) std::erase_if(wanted, [this](pid_t pid) { return known.contains(pid); });
    asio::post(background,
               [self = shared_from_this(), wanted = std::move(wanted), whole] { self->sample(wanted, whole); });
  }

  /// In the background. Touches only what belongs to the background while `busy`.
  void sample(std::vector<pid_t> const& wanted, bool whole)
  {
    auto const now = clock::now();
    auto const weigh = whole && (!next_weighing || now >= *next_weighing);
    auto next = whole ? known_processes() : working;
    for (auto const pid : wanted) {
      auto const before = working.find(pid);
      auto one = before == working.end() ? known_process() : before->second;
      sample_process(pid, one, weigh);
      next[pid] = one;
    }
    working = std::move(next);
    if (auto const end = clock::now(); weigh) next_weighing = end + (end - now) * (weighing_share - 1);
    if (whole) working_node = meter.sample(now);
    asio::post(io, [self = shared_from_this(), whole] { self->take(whole); });
  }

  void take(bool whole)
  {
    known = working;
    node = working_node;
    if (whole) sampled = clock::now();
    busy = false;
    auto done = std::move(served);
    served.clear();
    if (!waiting.empty() || !asked.empty()) start(clock::now());
    for (auto const& each : done)
      each();
  }

  asio::io_context& io;
  asio::thread_pool& background;

  // The I/O thread's.
  known_processes known;
  node_usage node;
  std::optional<clock::time_point> sampled; ///< all of them
  bool busy = false;
  std::vector<pid_t> asked;                           ///< for the next sample
  std::vector<std::function<void()>> waiting, served; ///< for the next sample, for the one under way

  // The background's while busy.
  node_meter meter;
  known_processes working;
  node_usage working_node;
  std::optional<clock::time_point> next_weighing;
};

usage_sampler::usage_sampler(asio::io_context& io, asio::thread_pool& background)
    : state_(std::make_shared<state>(io, background))
{
}

usage_sampler::~usage_sampler() = default;

void usage_sampler::refresh(std::vector<pid_t> processes, std::function<void()> done)
{
  auto& here = *state_;
  auto const now = clock::now();
  std::erase_if(processes, [](pid_t pid) { return pid <= 0; });
  if (here.fresh(processes, now)) {
    if (done) done();
    return;
  }
  here.asked.insert(here.asked.end(), processes.begin(), processes.end());
  std::sort(here.asked.begin(), here.asked.end());
  here.asked.erase(std::unique(here.asked.begin(), here.asked.end()), here.asked.end());
  if (done) here.waiting.push_back(std::move(done));
  if (!here.busy) here.start(now);
}

process_usage usage_sampler::of(pid_t pid) const
{
  auto const found = state_->known.find(pid);
  return found == state_->known.end() ? process_usage() : found->second.usage;
}

node_usage const& usage_sampler::node() const
{
  return state_->node;
}

} // namespace pilotlight::collect
