#include "proxy/repository/scan.hpp"
#include "proxy/config/document.hpp"
#include "proxy/config/read_file.hpp"
#include "proxy/repository/checksum.hpp"
#include "proxy/repository/model_toml.hpp"

#include <algorithm>
#include <filesystem>

namespace pilotlight {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t largest_model_toml = std::size_t{1} << 20;

/// Names of the folders inside, sorted; hidden ones are nobody's business.
result<std::vector<std::string>> folders(fs::path const& parent)
{
  auto names = std::vector<std::string>();
  auto error = std::error_code();
  for (auto at = fs::directory_iterator(parent, error); !error && at != fs::directory_iterator(); at.increment(error)) {
    auto ignored = std::error_code();
    auto name = at->path().filename().string();
    if (!name.starts_with('.') && at->is_directory(ignored)) names.push_back(std::move(name));
  }
  if (error) return failure{fault::not_found, parent.string() + ": " + error.message()};
  std::sort(names.begin(), names.end());
  return names;
}

bool is_there(fs::path const& path)
{
  auto ignored = std::error_code();
  return fs::exists(path, ignored);
}

/// The model.toml of a model, or the defaults where there is none.
/// Which file, which format; what is wrong with it is its `error`.
void find_file(fs::path const& folder, model_spec& spec)
{
  auto const script = folder / "model.pt";
  auto const package = folder / "model.pt2";
  auto const has_script = is_there(script);
  auto const has_package = is_there(package);
  spec.format = has_package && !has_script ? model_format::aotinductor : model_format::torchscript;
  spec.path = (spec.format == model_format::aotinductor ? package : script).string();
  if (has_script && has_package)
    spec.error = folder.string() + ": has both model.pt and model.pt2; which one to serve is a guess, remove one";
  else if (!has_script && !has_package)
    spec.error = folder.string() + ": has neither model.pt (TorchScript) nor model.pt2 (AOTInductor)";
  if (!spec.error.empty()) return;
  if (auto sum = checksum(spec.path))
    spec.checksum = std::move(*sum);
  else
    spec.error = sum.error().sentence;
}

model_spec make_spec(fs::path const& model, std::string const& version, result<model_toml> const& toml)
{
  auto spec = model_spec();
  spec.name = model.filename().string();
  spec.version = version;
  spec.key = spec.name + ":" + version;
  if (toml)
    spec.toml = *toml;
  else
    spec.error = toml.error().sentence;
  auto const toml_error = std::move(spec.error);
  spec.error.clear();
  find_file(model / version, spec);
  if (!toml_error.empty()) spec.error = toml_error;
  if (spec.error.empty() && spec.format == model_format::aotinductor &&
      (spec.toml.inputs.empty() || spec.toml.outputs.empty()))
    spec.error = (model / "model.toml").string() +
                 ": a model.pt2 does not name its tensors, so [[inputs]] and [[outputs]] are needed here";
  return spec;
}

void scan_model(fs::path const& model, settings const& node, repository_contents& into)
{
  auto const versions = folders(model);
  if (!versions) return into.warnings.push_back(versions.error().sentence + "; the model is passed over");
  auto numbered = std::vector<std::string>();
  for (auto const& version : *versions) {
    if (is_version(version))
      numbered.push_back(version);
    else
      into.warnings.push_back((model / version).string() +
                              ": passed over; a version is a folder named by a positive integer, such as 1");
  }
  if (numbered.empty())
    return into.warnings.push_back(model.string() + ": passed over; it has no version folder, such as " +
                                   (model / "1").string());
  auto const by_number = [](std::string const& a, std::string const& b) { // no leading zeros: shorter is smaller
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  };
  std::sort(numbered.begin(), numbered.end(), by_number);
  auto const toml = toml_in(model, node, into.warnings);
  for (auto const& version : numbered)
    into.models.push_back(make_spec(model, version, toml));
}

} // namespace

result<model_toml> toml_in(fs::path const& folder, settings const& node, std::vector<std::string>& warnings)
{
  auto defaults = model_toml();
  defaults.limits = node.limits;
  auto const path = folder / "model.toml";
  auto const text = config::read_file(path, largest_model_toml);
  if (!text && text.error().kind == fault::not_found) return defaults;
  if (!text) return text.error();
  return read_model_toml(*text, path.string(), node, config::process_environment(), warnings);
}

result<repository_contents> scan(settings const& node)
{
  auto const models = folders(node.repository);
  if (!models) return failure{fault::bad_request, "'models.repository': " + models.error().sentence};
  auto contents = repository_contents();
  for (auto const& name : *models) {
    if (is_model_name(name))
      scan_model(fs::path(node.repository) / name, node, contents);
    else
      contents.warnings.push_back(
          config::quoted((fs::path(node.repository) / name).string()) +
          ": passed over; a model's name has letters, digits, '.', '_' and '-' only, at most 200");
  }
  return contents;
}

repository_contents scan(settings const& node, std::string_view name)
{
  auto contents = repository_contents();
  if (is_model_name(name)) scan_model(fs::path(node.repository) / name, node, contents);
  return contents;
}

bool is_model_name(std::string_view name)
{
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !name.empty() && name.size() <= 200 && name.front() != '.' &&
         name.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_version(std::string_view name)
{
  return !name.empty() && name.size() <= 18 && name.front() != '0' &&
         name.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace pilotlight
