#include "proxy/pool/catalog.hpp"

#include "proxy/execute/describe.hpp"
#include "proxy/repository/fits_file.hpp"
#include "proxy/repository/scan.hpp"
#include "proxy/repository/unpacked.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace pilotlight::pool {

catalog::catalog(boost::asio::io_context& io, boost::asio::thread_pool& background, settings const& config,
                 execute::process_tree& tree, fleet& models)
    : io_(io), background_(background), config_(config), tree_(tree), models_(models)
{
  models_.on_new_file([this](model& which) { renew(which); });
}

/// Adds to a scanned spec what the cache knows: where it is loaded from, and what it says of itself.
void catalog::place(model_spec& spec) const
{
  spec.load_path = spec.format == model_format::torchscript
                       ? spec.path
                       : unpacked_folder(config_.cache_directory, spec.checksum).string();
  if (auto const found = known_.find(spec.checksum); found != known_.end()) {
    spec.description = found->second;
    spec.description.key = spec.key;
    if (spec.error.empty()) spec.error = misfit_of(spec, spec.description);
  }
}

result<void> catalog::open()
{
  auto stored = load_descriptions(config_.cache_directory);
  if (!stored.warning.empty()) spdlog::warn("{}", stored.warning);
  known_ = std::move(stored.known);
  auto found = scan(config_);
  if (!found) return found.error();
  for (auto const& warning : found->warnings)
    spdlog::warn("{}", warning);
  remove_unused(config_.cache_directory, found->models);
  auto specs = found->models;
  for (auto& spec : specs) {
    place(spec);
    if (!spec.error.empty()) spdlog::error("model {}: {}", spec.key, spec.error);
    models_.add(spec);
  }
  spdlog::info("{} model versions in '{}'", specs.size(), config_.repository);
  describe(std::move(specs));
  return {};
}

result<std::vector<model_spec>> catalog::look_up(std::string_view name)
{
  auto found = scan(config_, name);
  if (found.models.empty())
    return failure{fault::not_found,
                   "no model '" + std::string(name) + "' in the repository '" + config_.repository + "'"};
  return std::move(found.models);
}

void catalog::take_up(std::vector<model_spec> specs)
{
  for (auto& spec : specs) {
    place(spec);
    if (auto const there = models_.find(spec.name, spec.version))
      (*there)->reload(spec);
    else
      models_.add(spec);
  }
  describe(std::move(specs));
}

/// A start has found another file than the one that is known.
void catalog::renew(model& which)
{
  auto spec = which.spec();
  spec.description = {};
  place(spec);
  which.relocate(spec.load_path);
  which.describe(spec.description);
  describe({std::move(spec)});
}

void catalog::describe(std::vector<model_spec> specs)
{
  std::erase_if(specs, [](auto const& spec) { return !spec.error.empty() || !spec.description.key.empty(); });
  if (specs.empty()) return;
  spdlog::info("describing {} new model files", specs.size());
  auto checksums = std::map<std::string, std::string>();
  for (auto const& spec : specs)
    checksums[spec.key] = spec.checksum;
  auto const on_signature = [this, checksums](signature described) {
    if (!described.error.empty()) spdlog::warn("model {}: {}", described.key, described.error);
    auto const colon = described.key.rfind(':');
    if (colon == std::string::npos || !checksums.contains(described.key)) return;
    if (described.error.empty()) known_[checksums.at(described.key)] = described;
    auto const which = models_.find(described.key.substr(0, colon), described.key.substr(colon + 1));
    if (which) (*which)->describe(std::move(described));
  };
  auto const on_end = [this] { keep(); };
  auto const started = execute::describe(io_, tree_, specs, on_signature, on_end);
  if (!started) spdlog::error("{}", started.error().sentence);
}

/// One at a time: the disk is waited for elsewhere.
void catalog::keep()
{
  keep_again_ = keeping_;
  if (std::exchange(keeping_, true)) return;
  boost::asio::post(background_, [this, folder = std::filesystem::path(config_.cache_directory), known = known_] {
    auto stored = store_descriptions(folder, known);
    boost::asio::post(io_, [this, stored = std::move(stored)] {
      if (!stored) spdlog::warn("descriptions are not kept: {}", stored.error().sentence);
      keeping_ = false;
      if (keep_again_) keep();
    });
  });
}

} // namespace pilotlight::pool
