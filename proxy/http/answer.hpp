// What is answered without any worker? Pure.
#pragma once
#include "shared/failure.hpp"

#include <boost/json/fwd.hpp>
#include <chrono>
#include <string>
#include <string_view>

namespace pilotlight::http {

/// An answer that needs no worker.
struct answer
{
  unsigned status = 200;
  std::string body;
  std::string_view content_type = "application/json"; ///< of the body, if there is one
  std::chrono::milliseconds retry_after{0};
  std::string allow;
};

/// A failure as the client gets it.
answer to_answer(failure const& why);
answer refusal(fault kind, std::string sentence);
answer json_answer(boost::json::value const& body);

} // namespace pilotlight::http
