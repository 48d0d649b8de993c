#include "worker/sentence.hpp"

#include <algorithm>
#include <array>

namespace pilotlight::worker {
namespace {

std::string_view trimmed(std::string_view line)
{
  auto const first = line.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1);
}

/// Where an error's own text begins after "SomethingError: " at the start of a line; npos when it does not.
std::size_t after_error_name(std::string_view line)
{
  auto const colon = line.find(": ");
  if (colon == std::string_view::npos) return colon;
  auto const name = line.substr(0, colon);
  auto const is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  });
  if (!is_name || !(name.ends_with("Error") || name.ends_with("Exception"))) return std::string_view::npos;
  return colon + 2;
}

bool is_noise(std::string_view line)
{
  static constexpr auto heads = std::array<std::string_view, 6>{"The following operation failed",
                                                                "Traceback of TorchScript",
                                                                "Exception raised from",
                                                                "frame #",
                                                                "File \"",
                                                                "~~"};
  return line.empty() || line == "..." || line.find("<--- HERE") != std::string_view::npos ||
         std::any_of(heads.begin(), heads.end(), [&](auto head) { return line.starts_with(head); });
}

/// "[enforce fail at file.cc:12] . what happened" keeps what happened.
std::string_view without_location(std::string_view line)
{
  if (!line.starts_with("[enforce fail at ")) return line;
  auto const end = line.find("] ");
  if (end == std::string_view::npos) return line;
  auto rest = line.substr(end + 2);
  if (rest.starts_with(". ")) rest.remove_prefix(2);
  return rest;
}

template <class Visit>
void each_line(std::string_view text, Visit visit)
{
  while (!text.empty()) {
    auto const line = text.substr(0, text.find('\n'));
    if (visit(trimmed(line))) return;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
}

} // namespace

std::string first_meaningful_line(std::string_view text)
{
  auto found = std::string_view();
  auto const traceback = text.find("Traceback of TorchScript") != std::string_view::npos;
  each_line(text, [&](std::string_view line) {
    if (auto const at = after_error_name(line); at != std::string_view::npos) {
      found = line.substr(at);
      return true;
    }
    // Inside a traceback every other line is code; before it, the first line is the message.
    if (found.empty() && !is_noise(line)) {
      found = line;
      return !traceback;
    }
    return false;
  });
  auto line = std::string(without_location(found).substr(0, 500));
  return line.empty() ? "unknown error" : line;
}

fault blame(std::string_view text)
{
  static constexpr auto signs = std::array<std::string_view, 6>{
      "INTERNAL ASSERT", "not enough memory", "out of memory", "can't allocate memory", "CUDA error", "bad_alloc"};
  auto const own =
      std::any_of(signs.begin(), signs.end(), [&](auto sign) { return text.find(sign) != std::string_view::npos; });
  return own ? fault::internal : fault::bad_request;
}

} // namespace pilotlight::worker
