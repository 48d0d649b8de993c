// What would the proxy go by if it read its configuration again now? Reads the file in effect, the environment, and the
// repository's folders and model.toml files; changes nothing. Blocks on the disk: not for the I/O thread.
#pragma once
#include "proxy/config/difference.hpp"
#include "proxy/repository/model_spec.hpp"
#include "shared/failure.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::config {

struct reload_outcome
{
  settings running;              ///< to go by from now on: what needs a restart is as before
  std::vector<change> changes;   ///< of the settings, those that wait for a restart too
  repository_contents models;    ///< the repository as it is now, read with `running`
  std::vector<std::string> told; ///< warnings of the settings, of the repository, and of how they fit together
};

/// `given` and `overrides` are those of the command line, `running` what the proxy goes by. A file that was in effect
/// stays the one in effect: without it there is no falling back to another one, or to the defaults.
/// Failure: the words of `pilotlight check-config`, up to 20 lines "FILE:LINE: what is wrong; what is allowed". Then
/// everything stays as it was. A bad model.toml is no failure: see compare().
result<reload_outcome> reload(std::optional<std::filesystem::path> const& given, std::span<std::string const> overrides,
                              settings const& running);

/// One sentence for each thing that has changed, and for each model whose model.toml is bad: it stays as it is.
struct reload_told
{
  std::vector<std::string> changes, refused;
};

/// What became of one version of a model.
struct model_change
{
  enum class kind : std::uint8_t
  {
    added,   ///< is new in the repository
    limits,  ///< only keys that hold at once: give the model its new limits
    anew,    ///< its file, tensors, arguments, state or warm-up, or it could not be served before: load it again
    refused, ///< its model.toml is bad: it stays as it is
    removed  ///< is not in the repository any more
  };
  kind what = kind::limits;
  model_spec const* now = nullptr; ///< in the contents given; null: removed
  std::string key;                 ///< "minilm:1"
  std::vector<change> changes;     ///< of its limits, but for those that are the node's changes
  std::string reason;              ///< of refused: the words of `pilotlight check-config`; of anew: what has changed
};

/// Models that are not what they were. Pure. `before` is how they are served, `node` the changes of the settings.
std::vector<model_change> compare(std::span<model_spec const* const> before, repository_contents const& now,
                                  std::span<change const> node);

/// "minilm:1: autoscaling.dry_run: false -> true, takes effect now", one for each change.
std::vector<std::string> sentences(model_change const& one);

/// What a reload reads: the file in effect, or those that would be, and the model.toml of every model, there or not.
std::vector<std::filesystem::path> watched_files(settings const& running, repository_contents const& repository);

} // namespace pilotlight::config
