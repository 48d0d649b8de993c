#include "proxy/config/expand.hpp"

#include <cstdlib>

namespace pilotlight::config {
namespace {

bool is_name(std::string_view text)
{
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  constexpr std::string_view digits = "0123456789";
  if (text.empty() || digits.find(text.front()) != std::string_view::npos) return false;
  for (auto const c : text)
    if (letters.find(c) == std::string_view::npos && digits.find(c) == std::string_view::npos) return false;
  return true;
}

} // namespace

result<std::string> expand(std::string_view text, environment const& variables)
{
  auto expanded = std::string();
  for (;;) {
    auto const start = text.find("${");
    if (start == std::string_view::npos) return expanded.append(text);
    if (start > 0 && text[start - 1] == '$') {
      expanded.append(text.substr(0, start - 1)).append("${");
      text.remove_prefix(start + 2);
      continue;
    }
    expanded.append(text.substr(0, start));
    text.remove_prefix(start + 2);
    auto const end = text.find('}');
    if (end == std::string_view::npos || !is_name(text.substr(0, end)))
      return failure{fault::bad_request,
                     "has a \"${\" that is no ${NAME} of an environment variable; write \"$${\" for the text itself"};
    auto const name = std::string(text.substr(0, end));
    auto const found = variables(name);
    if (!found) return failure{fault::bad_request, "uses the environment variable " + name + ", which is not set"};
    expanded.append(*found);
    text.remove_prefix(end + 1);
  }
}

environment process_environment()
{
  return [](std::string const& name) -> std::optional<std::string> {
    // At start-up and at reloads. Nothing in this process writes to the environment, so reading it needs no lock.
    auto const* found = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe)
    return found ? std::optional<std::string>(found) : std::nullopt;
  };
}

} // namespace pilotlight::config
