// What do the entries of a document change in the settings, and what is wrong with them? Pure.
#pragma once
#include "proxy/config/document.hpp"
#include "proxy/config/expand.hpp"
#include "proxy/config/settings.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::config {

/// Settings as read so far. Whole reading goes on after a problem, so that all of them are told at once.
struct reading
{
  settings values;
  std::map<std::string, std::string, std::less<>>
      places;                        ///< of each key that was given: "pilotlight.toml:12"; in a list of
                                     ///< tables also of each item and its keys, as item_name() says
  std::vector<std::string> problems; ///< one sentence each, beginning with its place
  std::set<std::string> refused;     ///< names of the keys and tables that problems are about, and of those that an
                                     ///< unknown one probably meant: what `values` has for them, nobody has said
};

enum class document_kind
{
  proxy, ///< pilotlight.toml, --set
  model  ///< model.toml: only what a model may override
};

/// Checks every entry against the table of keys and stores the good ones. An accepted key whose feature is not there
/// adds one warning to `values.warnings`, the first time it is given.
void apply(std::span<entry const> entries, document_kind document, environment const& variables, reading& into);

/// "balancing.zones.name" of the second zone: "balancing.zones.name[1]".
std::string item_name(std::string_view name, std::size_t item);

/// Adds a problem for each pair of values that cannot hold together, and, of the proxy's own document, for each list
/// item that lacks something (contradictions.cpp). What was refused contradicts nothing.
void find_contradictions(reading& into, document_kind document = document_kind::proxy);

/// The first 20 problems, a line each, and how many more there are.
failure to_failure(std::span<std::string const> problems);

} // namespace pilotlight::config
