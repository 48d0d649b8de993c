// Which keys may a configuration have? One table says each key's name, kind, range, default and reason; everything that
// reads, checks or documents the configuration goes by it. Pure.
#pragma once
#include "proxy/config/settings.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pilotlight::config {

enum class kind : std::uint8_t
{
  boolean,
  integer,
  number,
  seconds, ///< integer or float
  bytes,   ///< integer, or a string such as "64 MiB"
  text,
  texts,   ///< list of strings
  numbers, ///< list of numbers
  address, ///< "host:port", "[::1]:port"
  choice,  ///< one of a few names
  device,  ///< "cpu" or "cuda:N"
  section  ///< a whole table that nothing reads yet: any keys inside
};

/// A rule for texts beyond their kind.
struct text_rule
{
  bool (*holds)(std::string_view text) = nullptr;
  std::string_view form{}; ///< what is allowed: "a network such as \"10.0.0.0/8\""
};

/// What a value may be, beyond its kind.
struct limit
{
  double least = 0;
  double most = 0;
  std::string_view names{};  ///< of a choice: "a, b, c"
  bool power_of_two = false; ///< of bytes
  bool not_empty = false;    ///< of a text
  text_rule rule{};          ///< of a text, or of each of a list of texts
};

/// A value that has passed its key's check.
using value =
    std::variant<bool, std::int64_t, double, std::string, endpoint, std::vector<std::string>, std::vector<double>>;

enum class serving : std::uint8_t
{
  served,
  accepted ///< the feature is not there: one warning
};

/// Where a key may stand.
enum class reach : std::uint8_t
{
  proxy,   ///< pilotlight.toml only
  model,   ///< model.toml too, for that model alone
  repeated ///< inside a [[list of tables]] of pilotlight.toml
};

/// When a changed value holds, after a reload.
enum class effect : std::uint8_t
{
  now,    ///< at once; what belongs to a process holds for processes that start from now on
  restart ///< when the proxy starts the next time
};

/// Where the settings keep a value. `item` is the place in the [[list of tables]], 0 elsewhere.
struct field
{
  void (*store)(settings&, value const&, std::size_t item) = nullptr; ///< null: nothing keeps it yet
  value (*load)(settings const&, std::size_t item) = nullptr;
};

struct key
{
  std::string_view name; ///< dotted, "listen.http"
  kind type;
  limit allowed;
  std::string_view initial; ///< the default, as TOML; empty: none, it must be given
  serving state;
  reach where;
  effect takes;
  field place;
  std::string_view why;
};

/// All of them, by section.
std::span<key const> keys();

/// A [[list of tables]] and its size in the settings.
struct table_list
{
  std::string_view name;                        ///< "balancing.zones"
  void (*resize)(settings&, std::size_t count); ///< null: nothing keeps it yet
  std::size_t (*size)(settings const&);
};

std::span<table_list const> table_lists();

/// The list of that name; null if there is none.
table_list const* find_table_list(std::string_view name);

/// The key of that name, or the section that covers it ("cluster.peers" is under "cluster"); null if there is none.
key const* find_key(std::string_view name);

/// Is that the name of a table that holds keys ("listen", "autoscaling.thresholds")?
bool is_section(std::string_view name);

/// The known name nearest to a mistyped one: by edit distance of what their sections do not share, or the one key that
/// begins so, or the one key of another section that has the same last part; empty if nothing is near. `more`: known,
/// too.
std::string_view nearest_key(std::string_view name, std::span<std::string_view const> more = {});

} // namespace pilotlight::config
