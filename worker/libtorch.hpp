// How is LibTorch set up in this process? Its global settings, all in one place.
#pragma once

namespace pilotlight::worker {

/// Before anything else of LibTorch: one thread, no profiling executor (it would compile again on the second call).
void set_up_libtorch();

/// Pays the one-time cost of a first load and a first forward(): saves, loads and runs a module of three lines.
void warm_libtorch();

/// In an instance, after its fork: that many threads (0: what the cgroup allows), and random numbers of its own.
void settle_libtorch(int threads);

/// From the next forward() on.
void use_threads(int threads);

/// Wall time since this process was exec'd, to the kernel's tick of 10 ms.
double milliseconds_since_exec();

} // namespace pilotlight::worker
