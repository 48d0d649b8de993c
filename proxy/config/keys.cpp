#include "proxy/config/key.hpp"

#include <cmath>

namespace pilotlight::config {
namespace {

void assign(bool& field, value const& read)
{
  field = std::get<bool>(read);
}
void assign(int& field, value const& read)
{
  field = static_cast<int>(std::get<std::int64_t>(read));
}
void assign(std::size_t& field, value const& read)
{
  field = static_cast<std::size_t>(std::get<std::int64_t>(read));
}
void assign(double& field, value const& read)
{
  field = std::get<double>(read);
}
void assign(std::string& field, value const& read)
{
  field = std::get<std::string>(read);
}
void assign(endpoint& field, value const& read)
{
  field = std::get<endpoint>(read);
}
void assign(std::chrono::milliseconds& field, value const& read)
{
  // Upwards: a tiny duration must not become 0, which may mean "none".
  field = std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(std::get<double>(read) * 1000 - 1e-6)));
}

/// Stores into settings.<first>.<second>...
template <auto... Members>
void to(settings& target, value const& read)
{
  assign((target.*....*Members), read);
}

void to_autoscaling(settings& target, value const& read)
{
  assign(target.autoscaling, read);
  assign(target.limits.autoscaling, read);
}

void to_strategy(settings& target, value const& read)
{
  auto const& name = std::get<std::string>(read);
  auto const here = name == "round_robin" || name == "least_connections" || name == "random";
  target.load_balancing_strategy = here ? name : "least_connections";
  target.limits.load_balancing_strategy = target.load_balancing_strategy;
}

constexpr limit anything{};
constexpr limit not_empty{.not_empty = true};
constexpr limit from(double least, double most)
{
  return {.least = least, .most = most};
}
constexpr limit one_of(std::string_view names)
{
  return {.names = names};
}
constexpr limit power_of_two(double least, double most)
{
  return {.least = least, .most = most, .power_of_two = true};
}

// NOLINTBEGIN(readability-identifier-naming): as everybody writes them
constexpr double KiB = 1024;
constexpr double MiB = 1024 * KiB;
constexpr double GiB = 1024 * MiB;
// NOLINTEND(readability-identifier-naming)
constexpr double day = 86'400;
constexpr limit a_duration = from(0.001, day);
constexpr limit percent = from(0, 100);

using enum kind;
using enum serving;
using s = settings;
using lim = model_limits;
constexpr auto proxy = reach::proxy;
constexpr auto model = reach::model;
constexpr auto repeated = reach::repeated;

// clang-format off: a table reads by its columns
constexpr key table[] = {
    {"listen.http", address, anything, R"("127.0.0.1:8080")", served, proxy, to<&s::listen, &listen_settings::http>,
     "The data port (Open Inference Protocol v2). Loopback until you decide otherwise; port 0 takes any free one."},
    {"listen.admin", address, anything, R"("127.0.0.1:8081")", served, proxy, to<&s::listen, &listen_settings::admin>,
     "The admin port: statistics and control. It asks for no password, so keep it where only operators get."},
    {"listen.max_connections", integer, from(1, 1'000'000), "10000", served, proxy,
     to<&s::listen, &listen_settings::max_connections>,
     "Connections open at once; further ones are closed at once. Each needs a file descriptor."},
    {"listen.header_timeout", seconds, a_duration, "10.0", served, proxy,
     to<&s::listen, &listen_settings::header_timeout>,
     "Seconds from the first byte of a request to its whole head: a slow sender must not hold a connection for ever."},
    {"listen.body_timeout", seconds, a_duration, "30.0", served, proxy, to<&s::listen, &listen_settings::body_timeout>,
     "Seconds that a body may stand still before the request is given up with 408."},
    {"listen.keep_alive_timeout", seconds, a_duration, "75.0", served, proxy,
     to<&s::listen, &listen_settings::keep_alive_timeout>,
     "Seconds that an idle connection is kept between requests. More than a load balancer in front keeps its own."},
    {"listen.max_header_bytes", bytes, from(1 * KiB, 1 * MiB), R"("16 KiB")", served, proxy,
     to<&s::listen, &listen_settings::max_header_bytes>, "Largest request head; beyond it is 431."},
    {"listen.max_body_bytes", bytes, from(1 * KiB, 32 * GiB), R"("64 MiB")", served, proxy,
     to<&s::listen, &listen_settings::max_body_bytes>,
     "Largest request body, also after inflating; beyond it is 413. At most half of hold.max_bytes, where it must find "
     "room."},
    {"listen.request_timeout", seconds, a_duration, "60.0", served, model, to<&s::limits, &lim::request_timeout>,
     "Deadline of a request that names none, and the longest that one may ask for. It ends the request (504), never a "
     "worker."},

    {"models.repository", text, not_empty, R"("models")", served, proxy, to<&s::repository>,
     "Folder of <model>/<version>/model.pt or model.pt2. Relative to the working directory."},

    {"worker.binary", text, anything, R"("")", served, proxy, to<&s::worker, &worker_settings::binary>,
     "The program pilotlight-worker; empty: beside this program."},
    {"worker.reply_arena", bytes, power_of_two(1 * MiB, 64 * GiB), R"("64 MiB")", served, proxy,
     to<&s::worker, &worker_settings::reply_arena>,
     "Shared memory for replies, for each instance; bounds the largest reply. Only pages that were written cost "
     "memory."},
    {"worker.parallel_starts", integer, from(1, 64), "2", served, proxy,
     to<&s::worker, &worker_settings::parallel_starts>,
     "Models that may start at once; further ones wait their turn, the most asked for first."},
    {"worker.spin", boolean, anything, "false", served, proxy, to<&s::worker, &worker_settings::spin>,
     "Spin shortly before sleeping on an empty ring: faster wake-ups where cores are plenty, a loss where they are "
     "scarce."},
    {"worker.execution_timeout", seconds, from(0, 7 * day), "60.0", served, model,
     to<&s::limits, &lim::execution_timeout>,
     "Seconds that one forward may run before its worker counts as hung and is replaced; 0: never."},
    {"worker.start_timeout", seconds, a_duration, "120.0", served, model, to<&s::limits, &lim::start_timeout>,
     "Seconds that loading a model may take before the start counts as failed."},
    {"worker.threads", integer, from(0, 1024), "0", served, model, to<&s::limits, &lim::threads>,
     "Intra-op threads of an instance; 0: what the cgroup's CPU quota gives, shared by the instances."},
    {"worker.device", device, anything, R"("cpu")", served, model, to<&s::limits, &lim::device>,
     "Where forward runs: \"cpu\" or \"cuda:N\". CUDA is initialised after the fork, so such starts are slower."},

    {"hold.max_requests", integer, from(1, 1'000'000), "1000", served, proxy,
     to<&s::hold, &hold_settings::max_requests>,
     "Requests of one model that may wait for a worker; one more is 503 with Retry-After."},
    {"hold.max_bytes", bytes, power_of_two(1 * MiB, 64 * GiB), R"("256 MiB")", served, proxy,
     to<&s::hold, &hold_settings::max_bytes>,
     "Shared memory for the bodies of one model's requests, waiting or running. Only pages that were written cost "
     "memory."},
    {"hold.max_wait", seconds, a_duration, "60.0", served, proxy, to<&s::hold, &hold_settings::max_wait>,
     "Longest that a request waits for a worker, if its own deadline is later."},

    {"cache.directory", text, anything, R"("")", served, proxy, to<&s::cache_directory>,
     "Descriptions of models and unpacked .pt2 packages; can be deleted at any time. Empty: $CACHE_DIRECTORY, "
     "$XDG_CACHE_HOME/pilotlight or ~/.cache/pilotlight."},

    {"log.level", choice, one_of("trace, debug, info, warn, error"), R"("info")", served, proxy,
     to<&s::log, &log_settings::level>, "Least severe messages to log."},
    {"log.file", text, anything, R"("")", served, proxy, to<&s::log, &log_settings::file>,
     "File to log to, rotated; empty: stderr, with the journal's priorities when it goes there."},
    {"log.max_bytes", bytes, from(4 * KiB, 64 * GiB), R"("10 MiB")", served, proxy,
     to<&s::log, &log_settings::max_bytes>, "A log file rotates beyond this size."},
    {"log.files", integer, from(1, 1000), "3", served, proxy, to<&s::log, &log_settings::files>,
     "Log files kept, the current one among them."},

    {"shutdown.drain_timeout", seconds, from(0, day), "30.0", served, proxy, to<&s::drain_timeout>,
     "Seconds that SIGTERM waits for requests in flight. Less than the service manager's own stop timeout."},

    {"autoscaling.enabled", boolean, anything, "true", served, model, to_autoscaling,
     "Off: instances change only by hand. Requests for a model at zero still start it."},
    {"autoscaling.zero_scaling.enabled", boolean, anything, "true", served, model, to<&s::limits, &lim::zero_scaling>,
     "Off: a model that has started stays until it is scaled or unloaded by hand."},
    {"autoscaling.zero_scaling.scale_to_zero_delay", seconds, from(0.001, 30 * day), "300.0", served, model,
     to<&s::limits, &lim::scale_to_zero_delay>,
     "Seconds without work, counted from the last completion, after which every process of a model exits."},
    {"autoscaling.zero_scaling.max_loaded_models", integer, from(1, 10'000), "5", served, proxy,
     to<&s::max_loaded_models>,
     "Models that may have processes at once; an idle one makes room, the one unused for longest first."},
    {"autoscaling.zero_scaling.preload_popular_models", boolean, anything, "false", accepted, proxy, nullptr,
     "Start the models that are asked for most before anybody asks."},
    {"autoscaling.zero_scaling.enable_predictive_scaling", boolean, anything, "false", accepted, model, nullptr,
     "Learn when a model is needed, and start or stop it by that."},
    {"autoscaling.zero_scaling.cold_start_optimization", boolean, anything, "false", accepted, model, nullptr,
     "Spend idle time on making the next cold start shorter."},
    {"autoscaling.zero_scaling.keep_alive_min", seconds, from(0.001, 30 * day), "10.0", accepted, model,
     to<&s::limits, &lim::keep_alive_min>, "Shortest keep-alive that prediction may choose."},
    {"autoscaling.zero_scaling.keep_alive_max", seconds, from(0.001, 30 * day), "3600.0", accepted, model,
     to<&s::limits, &lim::keep_alive_max>, "Longest keep-alive that prediction may choose."},

    {"autoscaling.model_loader.max_instances_per_model", integer, from(1, 256), "3", served, model,
     to<&s::limits, &lim::max_instances>, "Instances of one model at most."},
    {"autoscaling.model_loader.load_balancing_strategy", choice,
     one_of("round_robin, least_connections, random, weighted, response_time, resource_based, predicted, geographic, "
            "consistent_hash"),
     R"("least_connections")", served, model, to_strategy,
     "Which ready instance takes a request. Served are round_robin, least_connections and random; for the others "
     "least_connections is used."},
    {"autoscaling.model_loader.enable_model_caching", boolean, anything, "false", accepted, model, nullptr,
     "Keep model files near: in memory, then on disk."},
    {"autoscaling.model_loader.prefetch_popular_models", boolean, anything, "false", accepted, proxy, nullptr,
     "Read the files of popular models ahead of need."},
    {"autoscaling.model_loader.model_warmup_enabled", boolean, anything, "true", served, model,
     to<&s::limits, &lim::warmup>,
     "Run a model before an instance that no request waits for counts as ready, so that no client pays for first "
     "times."},

    {"autoscaling.thresholds.cpu_scale_up", number, percent, "70.0", accepted, model,
     to<&s::limits, &lim::cpu_scale_up>, "Percent of the CPU in use above which one more instance is started."},
    {"autoscaling.thresholds.cpu_scale_down", number, percent, "30.0", accepted, model,
     to<&s::limits, &lim::cpu_scale_down>,
     "Percent of the CPU in use below which an instance may go. Below cpu_scale_up."},
    {"autoscaling.thresholds.memory_scale_up", number, percent, "80.0", accepted, model,
     to<&s::limits, &lim::memory_scale_up>, "Percent of the memory in use above which nothing more is started."},
    {"autoscaling.thresholds.response_time_max", seconds, a_duration, "2.0", accepted, model,
     to<&s::limits, &lim::response_time_max>, "Seconds to a reply above which one more instance is started."},
    {"autoscaling.thresholds.queue_length_max", integer, from(1, 1'000'000), "10", served, model,
     to<&s::limits, &lim::queue_length_max>, "Requests of one model waiting above which one more instance is started."},

    {"autoscaling.health_monitoring.enabled", boolean, anything, "false", accepted, proxy, nullptr,
     "Judge instances by work done: canary requests on a lane of their own."},
    {"autoscaling.health_monitoring.basic_check_interval", seconds, from(0.1, day), "5", accepted, proxy, nullptr,
     "Seconds between looks at each process."},
    {"autoscaling.health_monitoring.detailed_check_interval", seconds, from(0.1, day), "30", accepted, proxy, nullptr,
     "Seconds between looks at memory, latency and errors."},
    {"autoscaling.health_monitoring.functional_check_interval", seconds, from(0.1, day), "300", accepted, proxy,
     nullptr, "Seconds between canary requests."},
    {"autoscaling.health_monitoring.failure_threshold", integer, from(1, 1000), "3", accepted, proxy, nullptr,
     "Failed checks in a row after which an instance is replaced."},
    {"autoscaling.health_monitoring.recovery_threshold", integer, from(1, 1000), "2", accepted, proxy, nullptr,
     "Passed checks in a row after which it is trusted again."},

    {"autoscaling.alerts.enabled", boolean, anything, "false", accepted, proxy, nullptr,
     "Tell people when something needs them."},
    {"autoscaling.alerts.channels.type", text, not_empty, R"("webhook")", accepted, repeated, nullptr,
     "What kind of channel this is."},
    {"autoscaling.alerts.channels.webhook_url", text, anything, R"("")", accepted, repeated, nullptr,
     "Where a webhook posts to."},
    {"autoscaling.alerts.channels.smtp_server", text, anything, R"("")", accepted, repeated, nullptr,
     "Mail server, host:port."},
    {"autoscaling.alerts.channels.recipients", texts, anything, "[]", accepted, repeated, nullptr,
     "Who gets the mail."},
    {"autoscaling.alerts.channels.severity_levels", texts, anything, "[]", accepted, repeated, nullptr,
     "Severities that this channel is told of."},

    {"security", section, anything, "{}", accepted, proxy, nullptr,
     "Keys and quotas of clients, sandboxing of workers. Nothing in this section protects anything yet."},
    {"cluster", section, anything, "{}", accepted, proxy, nullptr, "Several nodes that act as one."},
};
// clang-format on

} // namespace

std::span<key const> keys()
{
  return table;
}

} // namespace pilotlight::config
