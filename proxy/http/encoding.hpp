// Which codings of a body does this server speak? Plain data.
#pragma once
#include <cstdint>

namespace pilotlight::http {

enum class encoding : std::uint8_t
{
  identity,
  gzip,
  deflate ///< zlib's format, as HTTP says; bare deflate, as some clients send it, is read too
};

} // namespace pilotlight::http
