// Anonymous shared memory: made, sealed, mapped. Nothing has a name, so nothing outlives its processes. Owns an fd.
#pragma once
#include "shared/failure.hpp"
#include "shared/unique_fd.hpp"

#include <boost/interprocess/mapped_region.hpp>
#include <cstddef>

namespace pilotlight {

/// A new memfd of that size, nothing committed yet. `name` is only shown in /proc.
result<unique_fd> make_memfd(char const* name, std::size_t size);
/// Adds F_SEAL_* bits. Failure: the kernel refuses.
result<void> seal(int fd, int seals);
/// The seals in force.
int seals_of(int fd);
/// Bytes of the memfd.
std::size_t size_of_memfd(int fd);
/// Maps [0, size), shared.
result<boost::interprocess::mapped_region> map_memfd(int fd, std::size_t size, boost::interprocess::mode_t mode);

} // namespace pilotlight
