#include "proxy/repository/descriptions.hpp"
#include "proxy/config/read_file.hpp"
#include "proxy/config/replace_file.hpp"

#include <boost/json.hpp>

namespace pilotlight {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_file = std::size_t{64} << 20;
constexpr std::string_view release = PILOTLIGHT_VERSION; // another release may describe more, or otherwise

result<descriptions> parse(std::string const& text)
{
  auto error = boost::system::error_code();
  auto const document = json::parse(text, error);
  if (error || !document.is_object()) return failure{fault::bad_request, "not a JSON object"};
  auto const* written_by = document.as_object().if_contains("release");
  auto const* entries = document.as_object().if_contains("descriptions");
  if (!written_by || !written_by->is_string() || !entries || !entries->is_object())
    return failure{fault::bad_request, "no release or no descriptions"};
  auto known = descriptions();
  if (std::string_view(written_by->as_string()) != release) return known;
  for (auto const& entry : entries->as_object()) {
    auto described = json::try_value_to<signature>(entry.value());
    if (!described) return failure{fault::bad_request, "a malformed description"};
    known.insert_or_assign(std::string(entry.key()), std::move(*described));
  }
  return known;
}

} // namespace

loaded_descriptions load_descriptions(fs::path const& cache_directory)
{
  auto const path = cache_directory / "descriptions.json";
  auto const text = config::read_file(path, largest_file);
  if (!text && text.error().kind == fault::not_found) return {};
  if (!text) return {{}, text.error().sentence + "; models are described anew"};
  auto known = parse(*text);
  if (!known) return {{}, path.string() + ": " + known.error().sentence + "; models are described anew"};
  return {std::move(*known), {}};
}

result<void> store_descriptions(fs::path const& cache_directory, descriptions const& known)
{
  auto entries = json::object();
  for (auto const& [sum, described] : known)
    entries[sum] = json::value_from(described);
  auto const text = json::serialize(json::object{{"release", release}, {"descriptions", std::move(entries)}});
  return config::replace_file(cache_directory / "descriptions.json", text);
}

} // namespace pilotlight
