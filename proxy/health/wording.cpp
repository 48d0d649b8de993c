#include "proxy/health/wording.hpp"

#include <charconv>
#include <cmath>

namespace pilotlight::health {

std::string figure(double number)
{
  if (!std::isfinite(number)) return exactly(number);
  auto const magnitude = std::abs(number);
  auto const digits = magnitude >= 100 || magnitude == 0 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3;
  char text[400];
  auto const form = magnitude != 0 && magnitude < 0.001 ? std::chars_format::general : std::chars_format::fixed;
  auto const end = form == std::chars_format::general
                       ? std::to_chars(text, text + sizeof text, number, form, 3).ptr
                       : std::to_chars(text, text + sizeof text, number, form, digits).ptr;
  auto words = std::string(text, end);
  if (form == std::chars_format::fixed && words.find('.') != std::string::npos) {
    words.erase(words.find_last_not_of('0') + 1);
    if (words.back() == '.') words.pop_back();
  }
  return words;
}

std::string exactly(double number)
{
  char text[32];
  auto const end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

std::string in_words(decide::duration time)
{
  auto const seconds = std::chrono::duration<double>(time).count();
  if (std::abs(seconds) < 0.001) return figure(seconds * 1e6) + " us";
  if (std::abs(seconds) < 1) return figure(seconds * 1e3) + " ms";
  if (std::abs(seconds) < 600) return figure(seconds) + " s";
  if (std::abs(seconds) < 7'200) return figure(seconds / 60) + " min";
  return figure(seconds / 3'600) + " h";
}

std::string in_bytes(double bytes)
{
  constexpr double kib = 1024;
  if (std::abs(bytes) < kib * kib) return figure(bytes / kib) + " KiB";
  if (std::abs(bytes) < kib * kib * kib) return figure(bytes / (kib * kib)) + " MiB";
  return figure(bytes / (kib * kib * kib)) + " GiB";
}

} // namespace pilotlight::health
