#include "proxy/http/compression.hpp"

#include <algorithm>
#include <array>

namespace pilotlight::http {
namespace {

std::string_view trimmed(std::string_view text)
{
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Splits off what comes before `separator`.
std::string_view next_part(std::string_view& text, char separator)
{
  auto const end = std::min(text.find(separator), text.size());
  auto const part = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool same(std::string_view left, std::string_view right)
{
  auto const lower = [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 'a' - 'A') : character;
  };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char one, char other) { return lower(one) == lower(other); });
}

/// qvalue in thousandths: 0[.ddd] or 1[.000].
std::optional<int> parse_weight(std::string_view text)
{
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  auto weight = (text[0] - '0') * 1000;
  auto unit = 100;
  for (auto const digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (digit < '0' || digit > '9') return std::nullopt;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  if (weight > 1000) return std::nullopt;
  return weight;
}

/// The weight of "gzip;q=0.5;other=x": 1000 when it has none.
std::optional<int> weight_of(std::string_view parameters)
{
  while (!parameters.empty()) {
    auto parameter = next_part(parameters, ';');
    auto const name = next_part(parameter, '=');
    if (same(name, "q")) return parse_weight(trimmed(parameter));
  }
  return 1000;
}

} // namespace

std::string_view to_string(encoding value)
{
  switch (value) {
  case encoding::gzip: return "gzip";
  case encoding::deflate: return "deflate";
  case encoding::identity: break;
  }
  return "identity";
}

std::optional<encoding> pick_encoding(std::string_view accept_encoding)
{
  constexpr auto names = std::array<std::string_view, 3>{"gzip", "deflate", "identity"};
  constexpr auto values = std::array{encoding::gzip, encoding::deflate, encoding::identity};
  auto weights = std::array<std::optional<int>, 3>();
  auto others = std::optional<int>(); // "*"
  while (!accept_encoding.empty()) {
    auto member = next_part(accept_encoding, ',');
    auto const name = next_part(member, ';');
    auto const weight = weight_of(member);
    if (!weight) continue;
    if (name == "*") others = weight;
    for (auto i = std::size_t{0}; i < names.size(); ++i)
      if (same(name, names[i]) || (i == 0 && same(name, "x-gzip"))) weights[i] = weight;
  }
  auto best = std::optional<encoding>();
  auto best_weight = 0;
  for (auto i = std::size_t{0}; i < names.size(); ++i) {
    // identity is acceptable unless it is excluded by name or by "*;q=0"; it is never preferred for not being named.
    auto const unnamed = values[i] == encoding::identity ? (others && *others == 0 ? 0 : 1) : others.value_or(0);
    auto const weight = weights[i].value_or(unnamed);
    if (weight <= best_weight) continue;
    best = values[i];
    best_weight = weight;
  }
  return best;
}

} // namespace pilotlight::http
