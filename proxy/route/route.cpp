#include "proxy/route/route.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace pilotlight::route {

namespace {

constexpr std::size_t longest_name = 255; // NAME_MAX: it is a folder
constexpr std::size_t longest_quote = 200;

enum class takes : std::uint8_t
{
  get,
  post,
  both
};

/// One line of the map below. `{}` in a path stands for a model name with an optional /versions/{v} behind it.
struct entry
{
  port on;
  std::string_view before; ///< the whole path, or what stands before the name
  bool has_model;
  bool has_version; ///< /versions/{v} may follow the name
  std::string_view after;
  takes methods;
  endpoint where;
  std::string_view query = "*"; ///< keys that the query may have, a blank between them; "*": it is not looked at
};

// Exact paths first: /v2/models/stats is the statistics of all models, not the metadata of one called "stats".
// clang-format off
constexpr std::array<entry, 21> map{{
    {port::data,  "/v2",                    false, false, "",        takes::get,  endpoint::server_metadata},
    {port::data,  "/v2/health/live",        false, false, "",        takes::get,  endpoint::server_live},
    {port::data,  "/v2/health/ready",       false, false, "",        takes::get,  endpoint::server_ready},
    {port::data,  "/v2/models/stats",       false, false, "",        takes::get,  endpoint::model_statistics},
    {port::data,  "/v2/repository/index",   false, false, "",        takes::both, endpoint::repository_index},
    {port::admin, "/v1/models",             false, false, "",        takes::get,  endpoint::admin_models},
    {port::admin, "/v1/health",             false, false, "",        takes::get,  endpoint::admin_health},
    {port::admin, "/metrics",               false, false, "",        takes::get,  endpoint::admin_metrics},
    {port::admin, "/v1/decisions",          false, false, "",        takes::get,  endpoint::admin_decisions, "model limit"},
    {port::admin, "/v1/decisions/stream",   false, false, "",        takes::get,  endpoint::admin_decision_stream, "model"},
    {port::admin, "/v1/autoscaling/stats",  false, false, "",        takes::get,  endpoint::admin_scaling_stats, ""},
    {port::admin, "/v1/performance",        false, false, "",        takes::get,  endpoint::admin_performance, ""},
    {port::admin, "/v1/config/reload",      false, false, "",        takes::post, endpoint::admin_reload, ""},
    {port::data,  "/v2/models/",            true,  true,  "/infer",  takes::post, endpoint::model_infer},
    {port::data,  "/v2/models/",            true,  true,  "",        takes::get,  endpoint::model_metadata},
    {port::data,  "/v2/models/",            true,  true,  "/ready",  takes::get,  endpoint::model_ready},
    {port::data,  "/v2/models/",            true,  true,  "/config", takes::get,  endpoint::model_config},
    {port::data,  "/v2/models/",            true,  true,  "/stats",  takes::get,  endpoint::model_statistics},
    {port::data,  "/v2/repository/models/", true,  false, "/load",   takes::post, endpoint::repository_load},
    {port::data,  "/v2/repository/models/", true,  false, "/unload", takes::post, endpoint::repository_unload},
    {port::admin, "/v1/models/",            true,  true,  "/scale",  takes::post, endpoint::admin_scale},
}};
// clang-format on

struct found
{
  entry const* line;
  destination to;
};

std::string_view allow_of(takes methods)
{
  switch (methods) {
  case takes::get: return "GET, HEAD";
  case takes::post: return "POST";
  case takes::both: return "GET, HEAD, POST";
  }
  return {};
}

bool takes_it(takes methods, method how)
{
  bool const reads = how == method::get || how == method::head;
  return (reads && methods != takes::post) || (how == method::post && methods != takes::get);
}

/// Printable and short, for a sentence: everything else as %XX.
std::string quoted(std::string_view text)
{
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (char const c : text.substr(0, longest_quote)) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '\'' && c != '"' && c != '\\')
      out += c;
    else
      (out += '%') += {hex[byte >> 4U], hex[byte & 15U]};
  }
  if (text.size() > longest_quote) out += "...";
  return "'" + out + "'";
}

bool is_name_character(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

std::optional<unsigned> hex_digit(char c)
{
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
  return std::nullopt;
}

/// Nothing when a percent sign is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text)
{
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    auto const high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    auto const low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16U + *low);
    i += 2;
  }
  return out;
}

result<std::string> parse_name(std::string_view raw, std::string_view what)
{
  auto const wrong = [&](std::string_view why) {
    return failure{fault::bad_request, std::string(what).append(" ").append(quoted(raw)).append(" ").append(why)};
  };
  if (raw.empty()) return failure{fault::bad_request, "the path names an empty " + std::string(what)};
  if (raw.size() > 3 * longest_name) return wrong("is longer than 255 characters"); // before any work on it
  std::optional<std::string> name;
  if (std::ranges::all_of(raw, is_name_character))
    name.emplace(raw);
  else
    name = percent_decoded(raw);
  if (!name) return wrong("has a '%' without two hexadecimal digits behind it");
  if (!std::ranges::all_of(*name, is_name_character)) return wrong("may have only letters, digits, '.', '_' and '-'");
  if (*name == "." || *name == "..") return wrong("is not a name");
  if (name->size() > longest_name) return wrong("is longer than 255 characters");
  return std::move(*name);
}

/// Of the absolute form, what stands behind the host; without query; without one trailing slash.
std::string_view path_of(std::string_view target)
{
  std::string_view path = target;
  for (std::string_view const scheme : {"http://", "https://"}) {
    if (!path.starts_with(scheme)) continue;
    auto const host_end = path.find_first_of("/?", scheme.size());
    path = host_end == std::string_view::npos ? std::string_view{"/"} : path.substr(host_end);
    break;
  }
  path = path.substr(0, path.find('?'));
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// Cuts up to the next slash off `rest`.
std::string_view take_segment(std::string_view& rest)
{
  auto const segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

failure no_such_path(std::string_view path, port on)
{
  return {fault::not_found,
          "there is nothing at " + quoted(path) + (on == port::data ? " on the data port" : " on the admin port")};
}

/// What follows "/v2/models/" and the like: name, perhaps version, perhaps a verb.
result<found> find_model(std::string_view path, std::string_view before, port on)
{
  static constexpr std::string_view versions = "/versions/";
  std::string_view rest = path.substr(before.size());
  auto name = parse_name(take_segment(rest), "model name");
  if (!name) return name.error();
  std::string version;
  bool const versioned = rest.starts_with(versions);
  if (versioned) {
    rest.remove_prefix(versions.size());
    auto parsed = parse_name(take_segment(rest), "version");
    if (!parsed) return parsed.error();
    version = std::move(*parsed);
  }
  for (auto const& line : map)
    if (line.on == on && line.has_model && line.before == before && line.after == rest &&
        (line.has_version || !versioned))
      return found{&line, {line.where, std::move(*name), std::move(version), 0}};
  return no_such_path(path, on);
}

result<found> find(std::string_view path, port on)
{
  for (auto const& line : map)
    if (line.on == on && !line.has_model && line.before == path) return found{&line, {line.where, {}, {}, 0}};
  for (auto const& line : map)
    if (line.on == on && line.has_model && path.starts_with(line.before)) return find_model(path, line.before, on);
  return no_such_path(path, on);
}

std::string_view query_of(std::string_view target)
{
  auto const mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

/// Cuts up to `end` off `rest`, and `end` itself.
std::string_view take_until(std::string_view& rest, char end)
{
  auto const piece = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
  return piece;
}

bool lists(std::string_view words, std::string_view word)
{
  while (!words.empty())
    if (take_until(words, ' ') == word) return true;
  return false;
}

failure bad_query(std::string_view key, std::string_view why)
{
  return {fault::bad_request, "query key " + quoted(key) + " " + std::string(why)};
}

result<void> read_model(std::string_view text, destination& to)
{
  auto decoded = percent_decoded(text.substr(0, 6 * longest_name + 3));
  if (!decoded) return bad_query("model", "has a '%' without two hexadecimal digits behind it");
  auto rest = std::string_view(*decoded);
  auto name = parse_name(take_until(rest, ':'), "model name");
  if (!name) return name.error();
  to.model = std::move(*name);
  if (decoded->find(':') == std::string::npos) return {};
  auto version = parse_name(rest, "version");
  if (!version) return version.error();
  to.version = std::move(*version);
  return {};
}

result<void> read_limit(std::string_view text, destination& to)
{
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), to.limit);
  auto const whole = error == std::errc() && end == text.data() + text.size();
  if (whole && to.limit >= 1 && to.limit <= largest_limit) return {};
  return bad_query("limit",
                   "is " + quoted(text) + ", allowed is a whole number from 1 to " + std::to_string(largest_limit));
}

result<void> read_query(std::string_view query, std::string_view allowed, destination& to)
{
  while (!query.empty()) {
    auto pair = take_until(query, '&');
    if (pair.empty()) continue;
    auto const key = take_until(pair, '=');
    if (!lists(allowed, key))
      return bad_query(key, allowed.empty() ? "is not known here, none is"
                                            : "is not known, there are: " + std::string(allowed));
    auto const again = key == "model" ? !to.model.empty() : to.limit != 0;
    if (again) return bad_query(key, "is given twice");
    auto const read = key == "model" ? read_model(pair, to) : read_limit(pair, to);
    if (!read) return read.error();
  }
  return {};
}

} // namespace

result<destination> parse(method how, std::string_view target, port on)
{
  auto const path = path_of(target);
  auto at = find(path, on);
  if (!at) return at.error();
  if (!takes_it(at->line->methods, how))
    return failure{fault::not_allowed, quoted(path) + " takes " + std::string(allow_of(at->line->methods)) + " only"};
  if (at->line->query != "*")
    if (auto const read = read_query(query_of(target), at->line->query, at->to); !read) return read.error();
  return std::move(at->to);
}

std::string_view allowed_methods(std::string_view target, port on)
{
  auto const at = find(path_of(target), on);
  return at ? allow_of(at->line->methods) : std::string_view{};
}

} // namespace pilotlight::route
