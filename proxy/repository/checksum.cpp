#include "proxy/repository/checksum.hpp"

#include "shared/fnv1a.hpp"

#include <cerrno>
#include <cstdint>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace pilotlight {
namespace {

void append_hex(std::string& text, std::uint64_t number)
{
  for (int shift = 60; shift >= 0; shift -= 4)
    text += "0123456789abcdef"[(number >> shift) & 15];
}

std::string text_of(timespec const& time)
{
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

} // namespace

result<std::string> checksum(std::filesystem::path const& file)
{
  struct stat facts = {};
  if (::stat(file.c_str(), &facts) != 0 || ::access(file.c_str(), R_OK) != 0)
    return failure{fault::not_found, file.string() + ": " + std::generic_category().message(errno)};
  if (!S_ISREG(facts.st_mode)) return failure{fault::not_found, file.string() + ": not a regular file"};
  auto error = std::error_code();
  auto text = std::filesystem::absolute(file, error).lexically_normal().string();
  text += '\0' + std::to_string(facts.st_size) + ' ' + std::to_string(facts.st_ino) + ' ' + text_of(facts.st_mtim) +
          ' ' + text_of(facts.st_ctim);
  auto digits = std::string();
  append_hex(digits, fnv1a(text));
  append_hex(digits, fnv1a(text, ~fnv1a_basis));
  return digits;
}

} // namespace pilotlight
