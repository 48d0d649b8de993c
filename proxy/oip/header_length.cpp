#include "proxy/oip/infer_request.hpp"
#include "proxy/oip/sentence.hpp"

#include <charconv>

namespace pilotlight::oip {

result<std::size_t> parse_header_length(std::string_view value, std::size_t body_length)
{
  auto length = std::size_t{0};
  auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  // from_chars takes a sign for signed types only, so what it takes whole is digits.
  if (value.empty() || error == std::errc::invalid_argument || end != value.data() + value.size())
    return refuse("Inference-Header-Content-Length must be an integer from 0 to the body's " +
                  std::to_string(body_length) + " bytes, found " + quoted(value));
  if (error == std::errc::result_out_of_range || length > body_length)
    return refuse("Inference-Header-Content-Length is " + std::string(value.substr(0, 24)) + ", the body has " +
                  std::to_string(body_length) + " bytes");
  return length;
}

} // namespace pilotlight::oip
