// What does a model know from its earlier runs? One SQLite file of small blobs. Owns the open file; every call blocks
// on the disk, so it belongs to the start-up and to the background.
#pragma once
#include "shared/failure.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace pilotlight::history {

/// One remembered thing.
struct entry
{
  std::string model; ///< "minilm:1"; empty: of the whole service
  std::string kind;  ///< "predictor", "start_costs", "savings", ...
  std::string value; ///< a blob of a few KiB
  bool operator==(entry const&) const = default;
};

/// A database in WAL mode: a kill -9 or a power cut loses the transaction under way and nothing else.
class database
{
public:
  /// Why it cannot be used.
  enum class trouble : std::uint8_t
  {
    corrupt,     ///< the file is damaged, or none of SQLite's
    newer,       ///< a later release has made it
    unavailable, ///< locked, no permission, no space, an error of the disk
  };
  struct refusal
  {
    trouble what = trouble::unavailable;
    std::string sentence; ///< with the file's name and SQLite's reason
  };
  template <class T = void>
  using outcome = boost::system::result<T, refusal>;

  /// Opens, or creates with its folder. An old schema is brought up to date.
  static outcome<database> open(std::string const& file);

  outcome<std::vector<entry>> load() const;
  /// All or nothing, in one transaction, durable when it returns.
  outcome<> save(std::span<entry const> entries);
  /// Forgets everything of that model.
  outcome<> forget(std::string_view model);

  std::string const& file() const { return file_; }

private:
  struct closer
  {
    void operator()(sqlite3* open) const;
  };

  database(std::string file, sqlite3* opened) : file_(std::move(file)), open_(opened) {}
  outcome<> run(char const* statements) const;
  outcome<int> version() const;
  refusal last_error(std::string_view what) const;

  std::string file_;
  std::unique_ptr<sqlite3, closer> open_;
};

/// Needed by outcome<T>::value(); a caller that uses value() on a refusal has a bug.
[[noreturn]] void throw_exception_from_error(database::refusal const& error, boost::source_location const& where);

/// Moves a damaged database, and its journal files, beside itself under a name that says when. Returns the new name;
/// empty when it cannot be moved.
std::string move_aside(std::string const& file, std::string_view when);

} // namespace pilotlight::history
