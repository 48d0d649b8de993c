// Which keys are there about the node: ports, workers, waiting requests, files? Pure.
#pragma once
#include "proxy/config/key_limits.hpp"
#include "proxy/config/stored.hpp"

namespace pilotlight::config {
namespace table {

// clang-format off: a table reads by its columns
inline constexpr key node_keys[] = {
    {"listen.http", address, anything, R"("127.0.0.1:8080")", served, proxy, restart,
     at<&s::listen, &listen_settings::http>,
     "The data port (Open Inference Protocol v2). Loopback until you decide otherwise; port 0 takes any free one."},
    {"listen.admin", address, anything, R"("127.0.0.1:8081")", served, proxy, restart,
     at<&s::listen, &listen_settings::admin>,
     "The admin port: statistics and control. It asks for no password, so keep it where only operators get."},
    {"listen.max_connections", integer, from(1, 1'000'000), "10000", served, proxy, now,
     at<&s::listen, &listen_settings::max_connections>,
     "Connections open at once; further ones are closed at once. Each needs a file descriptor."},
    {"listen.header_timeout", seconds, a_duration, "10.0", served, proxy, now,
     at<&s::listen, &listen_settings::header_timeout>,
     "Seconds from the first byte of a request to its whole head: a slow sender must not hold a connection for ever."},
    {"listen.body_timeout", seconds, a_duration, "30.0", served, proxy, now,
     at<&s::listen, &listen_settings::body_timeout>,
     "Seconds that a body may stand still before the request is given up with 408."},
    {"listen.keep_alive_timeout", seconds, a_duration, "75.0", served, proxy, now,
     at<&s::listen, &listen_settings::keep_alive_timeout>,
     "Seconds that an idle connection is kept between requests. More than a load balancer in front keeps its own."},
    {"listen.max_header_bytes", bytes, from(1 * KiB, 1 * MiB), R"("16 KiB")", served, proxy, now,
     at<&s::listen, &listen_settings::max_header_bytes>, "Largest request head; beyond it is 431."},
    {"listen.max_body_bytes", bytes, from(1 * KiB, 32 * GiB), R"("64 MiB")", served, proxy, restart,
     at<&s::listen, &listen_settings::max_body_bytes>,
     "Largest request body, also after inflating; beyond it is 413. At most half of hold.max_bytes, where it must find "
     "room."},
    {"listen.request_timeout", seconds, a_duration, "60.0", served, model, now, at<&s::limits, &lim::request_timeout>,
     "Deadline of a request that names none, and the longest that one may ask for. It ends the request (504), never a "
     "worker."},

    {"models.repository", text, not_empty, R"("models")", served, proxy, restart, at<&s::repository>,
     "Folder of <model>/<version>/model.pt or model.pt2. Relative to the working directory."},

    {"worker.binary", text, anything, R"("")", served, proxy, restart, at<&s::worker, &worker_settings::binary>,
     "The program pilotlight-worker; empty: beside this program."},
    {"worker.reply_arena", bytes, power_of_two(1 * MiB, 64 * GiB), R"("64 MiB")", served, proxy, restart,
     at<&s::worker, &worker_settings::reply_arena>,
     "Shared memory for replies, for each instance; bounds the largest reply. Only pages that were written cost "
     "memory."},
    {"worker.parallel_starts", integer, from(1, 64), "2", served, proxy, now,
     at<&s::worker, &worker_settings::parallel_starts>,
     "Models that may start at once; further ones wait their turn, of the highest priority the most asked for first."},
    {"worker.spin", boolean, anything, "false", served, proxy, now, at<&s::worker, &worker_settings::spin>,
     "Spin shortly before sleeping on an empty ring: faster wake-ups where cores are plenty, a loss where they are "
     "scarce."},
    {"worker.execution_timeout", seconds, from(0, 7 * day), "60.0", served, model, now,
     at<&s::limits, &lim::execution_timeout>,
     "Seconds that one forward may run before its worker counts as hung and is replaced; 0: never."},
    {"worker.start_timeout", seconds, a_duration, "120.0", served, model, now, at<&s::limits, &lim::start_timeout>,
     "Seconds that loading a model may take before the start counts as failed."},
    {"worker.threads", integer, from(0, 1024), "0", served, model, now, at<&s::limits, &lim::threads>,
     "Intra-op threads of an instance, at most: all instances together get no more than there are cores; 0: its even "
     "share."},
    {"worker.device", device, anything, R"("cpu")", served, model, now, at<&s::limits, &lim::device>,
     "Where forward runs: \"cpu\" or \"cuda:N\". CUDA is initialised after the fork, so such starts are slower."},

    {"hold.max_requests", integer, from(1, 1'000'000), "1000", served, proxy, now,
     at<&s::hold, &hold_settings::max_requests>,
     "Requests of one model that may wait for a worker; one more is 503 with Retry-After."},
    {"hold.max_bytes", bytes, power_of_two(1 * MiB, 64 * GiB), R"("256 MiB")", served, proxy, restart,
     at<&s::hold, &hold_settings::max_bytes>,
     "Shared memory for the bodies of one model's requests, waiting or running. Only pages that were written cost "
     "memory."},
    {"hold.max_wait", seconds, a_duration, "60.0", served, proxy, now, at<&s::hold, &hold_settings::max_wait>,
     "Longest that a request waits for a worker, if its own deadline is later."},

    {"cache.directory", text, anything, R"("")", served, proxy, restart, at<&s::cache_directory>,
     "Descriptions of models and unpacked .pt2 packages; can be deleted at any time. Empty: $CACHE_DIRECTORY, "
     "$XDG_CACHE_HOME/pilotlight or ~/.cache/pilotlight."},

    {"log.level", choice, one_of("trace, debug, info, warn, error"), R"("info")", served, proxy, now,
     at<&s::log, &log_settings::level>, "Least severe messages to log."},
    {"log.file", text, anything, R"("")", served, proxy, restart, at<&s::log, &log_settings::file>,
     "File to log to, rotated; empty: stderr, with the journal's priorities when it goes there."},
    {"log.max_bytes", bytes, from(4 * KiB, 64 * GiB), R"("10 MiB")", served, proxy, restart,
     at<&s::log, &log_settings::max_bytes>, "A log file rotates beyond this size."},
    {"log.files", integer, from(1, 1000), "3", served, proxy, restart, at<&s::log, &log_settings::files>,
     "Log files kept, the current one among them."},

    {"shutdown.drain_timeout", seconds, from(0, day), "30.0", served, proxy, now, at<&s::drain_timeout>,
     "Seconds that SIGTERM waits for requests in flight. Less than the service manager's own stop timeout."},

    {"balancing.hash_header", text, header_name, R"("X-Pilotlight-Key")", served, proxy, now,
     at<&s::balancing, &balancing_settings::hash_header>,
     "Header that consistent_hash takes its key from; without it, the parameter sequence_id."},
    {"balancing.zone_header", text, header_name, R"("X-Pilotlight-Zone")", served, proxy, now,
     at<&s::balancing, &balancing_settings::zone_header>,
     "Header that names a client's zone for geographic; stronger than the client's address."},
    {"balancing.zone", text, zone_name_or_empty, R"("")", served, proxy, now,
     at<&s::balancing, &balancing_settings::zone>,
     "Zone that this node is in, one of [[balancing.zones]] if there are any; empty: none. Where all instances are in "
     "one zone, geographic is least_connections among them."},
    {"balancing.instance_zones", texts, zone_names, "[]", served, model, now, at<&s::limits, &lim::instance_zones>,
     "Zones of instance 1, 2, ... for geographic, each one of [[balancing.zones]]. Further ones are in balancing.zone. "
     "Empty: all are."},
    {"balancing.weights", numbers, from(0, 1000), "[]", served, model, now, at<&s::limits, &lim::weights>,
     "Weights of instance 1, 2, ... for weighted; 0: nothing while another is ready. Further ones weigh 1. Empty: from "
     "measured capacity."},

    {"balancing.zones.name", text, zone_name, "", served, repeated, now, of_zone<&zone_settings::name>,
     "What the zone is called, here, in balancing.zone and in the header."},
    {"balancing.zones.cidrs", texts, networks, "[]", served, repeated, now, of_zone<&zone_settings::cidrs>,
     "Networks whose clients are in this zone; of several that hold an address the narrowest counts."},

    {"batching.max_batch_size", integer, from(1, 4096), "1", served, model, now, at<&s::limits, &lim::max_batch_size>,
     "Rows that one forward may run together, if their inputs fit; 1: off. Changed, it holds for instances that "
     "start from then on, like the two below."},
    {"batching.batch_delay_max", seconds, from(0, 1), "0.005", served, model, now,
     at<&s::limits, &lim::batch_delay_max>,
     "Longest that a worker waits for more to fill a batch; the delay in use adapts below it, and is 0 when nothing "
     "waits."},
    {"batching.batch_latency_target", seconds, from(0.001, 60), "0.1", served, model, now,
     at<&s::limits, &lim::batch_latency_target>,
     "Seconds in a worker that batches are kept within: they grow below it and shrink above."},

    {"history.file", text, anything, R"("")", served, proxy, restart, at<&s::history, &history_settings::file>,
     "SQLite file of what was learned of traffic. Empty: history.sqlite in $STATE_DIRECTORY, else in the cache "
     "directory."},
    {"history.save_interval", seconds, from(1, day), "60.0", served, proxy, now,
     at<&s::history, &history_settings::save_interval>,
     "Seconds between saves; what was learned since the last one is lost with a kill -9."},

    {"control.decisions_kept", integer, from(1, 100'000), "256", served, proxy, now,
     at<&s::control, &control_settings::decisions_kept>,
     "Decisions kept per model, in memory, for pilotlight explain."},
};
// clang-format on

} // namespace table
} // namespace pilotlight::config
