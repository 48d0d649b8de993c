// What should somebody be told? Plain data; channels carry it.
#pragma once
#include "proxy/decide/facts.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pilotlight::health {

enum class severity : std::uint8_t
{
  info,     ///< something is well again
  warning,  ///< requests are still served, and somebody should look
  critical, ///< requests of a model are refused, wrong or at the mercy of one restart
};

constexpr std::string_view to_string(severity which)
{
  constexpr std::string_view names[] = {"info", "warning", "critical"};
  return names[static_cast<std::size_t>(which)];
}

struct alert
{
  severity how = severity::warning;
  std::string_view topic; ///< static text, for filters: "quality", "instance", "model", "service"
  std::string model{};    ///< "minilm:1"; empty: the service
  std::string sentence{}; ///< with its figures; names the instance where it is about one
  decide::instant when{};
};

} // namespace pilotlight::health
