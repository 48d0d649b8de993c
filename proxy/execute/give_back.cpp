#include "proxy/execute/give_back.hpp"

#include <cstdint>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace pilotlight::execute {
namespace {

/// Segments that nobody has written to, so that what is dropped can be read from the file again.
int unmap_clean_pages(dl_phdr_info* object, std::size_t, void*)
{
  auto const page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (auto i = 0; i < object->dlpi_phnum; ++i) {
    auto const& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0 || object->dlpi_addr == 0) continue;
    auto const begin = (object->dlpi_addr + segment.p_vaddr) / page * page;
    auto const end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

} // namespace

void give_back_memory()
{
  ::malloc_trim(0);
  ::dl_iterate_phdr(unmap_clean_pages, nullptr);
}

} // namespace pilotlight::execute
