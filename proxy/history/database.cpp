#include "proxy/history/database.hpp"

#include <filesystem>
#include <sqlite3.h>
#include <stdexcept>

namespace pilotlight::history {
namespace {

constexpr int schema_version = 1;
constexpr int patience_ms = 1'000; ///< with another process's lock

constexpr auto schema = "CREATE TABLE IF NOT EXISTS memory (model TEXT NOT NULL, kind TEXT NOT NULL,"
                        " value BLOB NOT NULL, saved_at INTEGER NOT NULL, PRIMARY KEY (model, kind)) WITHOUT ROWID;"
                        "PRAGMA user_version = 1;";
constexpr auto insert = "INSERT INTO memory (model, kind, value, saved_at) VALUES (?1, ?2, ?3, unixepoch())"
                        " ON CONFLICT (model, kind) DO UPDATE SET value = ?3, saved_at = unixepoch()";

struct finaliser
{
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using statement = std::unique_ptr<sqlite3_stmt, finaliser>;

statement prepare(sqlite3* in, char const* text)
{
  sqlite3_stmt* made = nullptr;
  sqlite3_prepare_v2(in, text, -1, &made, nullptr);
  return statement(made);
}

void bind_text(sqlite3_stmt* to, int place, std::string_view text)
{
  sqlite3_bind_text64(to, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void bind_blob(sqlite3_stmt* to, int place, std::string_view bytes)
{
  sqlite3_bind_blob64(to, place, bytes.data(), bytes.size(), SQLITE_STATIC);
}

std::string column(sqlite3_stmt* row, int which)
{
  auto const* bytes = static_cast<char const*>(sqlite3_column_blob(row, which));
  auto const size = static_cast<std::size_t>(sqlite3_column_bytes(row, which));
  return bytes ? std::string(bytes, size) : std::string();
}

} // namespace

void throw_exception_from_error(database::refusal const& error, boost::source_location const&)
{
  throw std::runtime_error(error.sentence);
}

void database::closer::operator()(sqlite3* open) const
{
  sqlite3_close_v2(open);
}

database::refusal database::last_error(std::string_view what) const
{
  auto const code = sqlite3_errcode(open_.get()); // the primary one: extended codes are off
  auto const kind = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? trouble::corrupt : trouble::unavailable;
  return {kind, "'" + file_ + "' cannot be " + std::string(what) + ": " + sqlite3_errmsg(open_.get())};
}

database::outcome<> database::run(char const* statements) const
{
  if (sqlite3_exec(open_.get(), statements, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return last_error("written");
}

database::outcome<int> database::version() const
{
  auto const asked = prepare(open_.get(), "PRAGMA user_version");
  if (!asked || sqlite3_step(asked.get()) != SQLITE_ROW) return last_error("read");
  return sqlite3_column_int(asked.get(), 0);
}

database::outcome<database> database::open(std::string const& file)
{
  auto ignored = std::error_code();
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored); // opening tells better why
  sqlite3* raw = nullptr;
  auto const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  auto const opened = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  auto made = database(file, raw);
  if (opened != SQLITE_OK) return made.last_error("opened");
  sqlite3_busy_timeout(raw, patience_ms);
  // A hundred pages are plenty, and what a save writes is on the disk when it returns.
  if (auto const set = made.run("PRAGMA cache_size = 100; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"); !set)
    return set.error();
  auto const found = made.version();
  if (!found) return found.error();
  if (*found > schema_version)
    return refusal{trouble::newer, "'" + file + "' has schema " + std::to_string(*found) + ", this release knows " +
                                       std::to_string(schema_version) + " and leaves it alone"};
  if (*found < schema_version)
    if (auto const created = made.run((std::string("BEGIN IMMEDIATE;") + schema + "COMMIT;").c_str()); !created)
      return created.error();
  return made;
}

database::outcome<std::vector<entry>> database::load() const
{
  // Reading alone would not notice damage that it happens not to touch.
  auto const check = prepare(open_.get(), "PRAGMA quick_check(1)");
  if (!check || sqlite3_step(check.get()) != SQLITE_ROW) return last_error("read");
  if (auto const found = column(check.get(), 0); found != "ok")
    return refusal{trouble::corrupt, "'" + file_ + "' is damaged: " + found};
  auto const all = prepare(open_.get(), "SELECT model, kind, value FROM memory");
  if (!all) return last_error("read");
  auto entries = std::vector<entry>();
  for (;;) {
    auto const step = sqlite3_step(all.get());
    if (step == SQLITE_DONE) return entries;
    if (step != SQLITE_ROW) return last_error("read");
    entries.push_back({column(all.get(), 0), column(all.get(), 1), column(all.get(), 2)});
  }
}

database::outcome<> database::save(std::span<entry const> entries)
{
  if (auto const begun = run("BEGIN IMMEDIATE"); !begun) return begun.error();
  auto const undo = [this](refusal why) -> outcome<> {
    sqlite3_exec(open_.get(), "ROLLBACK", nullptr, nullptr, nullptr); // may have happened by itself
    return why;
  };
  auto const put = prepare(open_.get(), insert);
  if (!put) return undo(last_error("written"));
  for (auto const& each : entries) {
    bind_text(put.get(), 1, each.model);
    bind_text(put.get(), 2, each.kind);
    bind_blob(put.get(), 3, each.value);
    if (sqlite3_step(put.get()) != SQLITE_DONE) return undo(last_error("written"));
    sqlite3_reset(put.get());
  }
  if (auto const done = run("COMMIT"); !done) return undo(done.error());
  return {};
}

database::outcome<> database::forget(std::string_view model)
{
  auto const drop = prepare(open_.get(), "DELETE FROM memory WHERE model = ?1");
  if (drop) bind_text(drop.get(), 1, model);
  if (!drop || sqlite3_step(drop.get()) != SQLITE_DONE) return last_error("written");
  return {};
}

std::string move_aside(std::string const& file, std::string_view when)
{
  auto const to = file + ".damaged-" + std::string(when);
  auto error = std::error_code();
  for (auto const* ending : {"-wal", "-shm"}) // else a new database would be given the old one's journal
    std::filesystem::rename(file + ending, to + ending, error);
  std::filesystem::rename(file, to, error);
  return error ? std::string() : to;
}

} // namespace pilotlight::history
