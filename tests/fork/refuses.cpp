// Preloaded into a worker: fork() fails as at the limit of processes, while the file NO_FORK exists.
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>

extern "C" pid_t fork()
{
  auto const* const file = std::getenv("NO_FORK");
  if (file != nullptr && ::access(file, F_OK) == 0) {
    errno = EAGAIN;
    return -1;
  }
  return reinterpret_cast<pid_t (*)()>(::dlsym(RTLD_NEXT, "fork"))();
}
