#include "proxy/history/store.hpp"

#include <boost/asio/post.hpp>

namespace pilotlight::history {

namespace asio = boost::asio;

namespace {

constexpr std::size_t largest_value = std::size_t{64} << 10;

std::string seconds_now()
{
  auto const since = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(since).count());
}

} // namespace

store::store(asio::io_context& io, asio::thread_pool& background, std::string file, voices tell)
    : io_(io), background_(background), timer_(io), file_(std::move(file)), tell_(std::move(tell))
{
}

store::~store() = default;

void store::complain(std::string const& why)
{
  ++failures_;
  if (!failing_) tell_.warn("history: " + why + "; the service goes on, but what it learns is not kept over a restart");
  failing_ = true;
}

struct store::contents
{
  database base;
  std::vector<entry> entries;
};

database::outcome<store::contents> store::read(std::string const& file)
{
  auto opened = database::open(file);
  if (!opened) return opened.error();
  auto loaded = opened->load();
  if (!loaded) return loaded.error();
  return contents{std::move(*opened), std::move(*loaded)};
}

void store::open()
{
  take(read(file_), false);
}

/// `fresh`: a new file was begun; what is known is more than what is in it.
void store::take(database::outcome<contents> found, bool fresh)
{
  if (!found) {
    auto const why = found.error();
    if (why.what != database::trouble::corrupt || fresh) return complain(why.sentence);
    return recover(why);
  }
  if (!fresh)
    for (auto& each : found->entries)
      known_.insert_or_assign({std::move(each.model), std::move(each.kind)}, std::move(each.value));
  database_ = std::make_shared<database>(std::move(found->base));
}

/// It could not be used when the service started, and perhaps it can be now. It knows more than what this run has
/// learned since.
void store::reopen()
{
  saving_ = true;
  asio::post(background_, [this] {
    auto found = read(file_);
    asio::post(io_, [this, found = std::move(found)]() mutable {
      saving_ = false;
      take(std::move(found), false);
      if (!database_) return;
      tell_.say("history: '" + file_ + "' can be used now");
      failing_ = false;
      auto own = std::exchange(changed_, {}); // what this run has put itself is no past to be told of
      late_();
      for (auto& [at, value] : own)
        if (!known_.contains(at)) changed_.try_emplace(at, std::move(value));
    });
  });
}

/// A damaged file is kept for whoever wants to look, and the service begins a new one with all that it knows.
void store::recover(database::refusal const& why)
{
  database_.reset();
  auto const aside = move_aside(file_, seconds_now());
  if (aside.empty()) return complain(why.sentence);
  tell_.warn("history: " + why.sentence + "; it is kept as '" + aside + "' and a new one is begun");
  take(read(file_), true);
}

std::optional<std::string> store::find(std::string_view model, std::string_view kind) const
{
  auto const at = key(model, kind);
  if (auto const fresh = changed_.find(at); fresh != changed_.end()) return fresh->second;
  auto const found = known_.find(at);
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

void store::put(std::string_view model, std::string_view kind, std::string value)
{
  if (value.size() > largest_value)
    return complain("'" + std::string(kind) + "' of '" + std::string(model) + "' has " + std::to_string(value.size()) +
                    " bytes, allowed are " + std::to_string(largest_value));
  auto at = key(model, kind);
  auto const found = known_.find(at);
  if (found != known_.end() && found->second == value)
    changed_.erase(at);
  else
    changed_.insert_or_assign(std::move(at), std::move(value));
}

void store::start(std::chrono::milliseconds interval, std::function<void()> gather, std::function<void()> late)
{
  interval_ = interval;
  gather_ = std::move(gather);
  late_ = std::move(late);
  wait();
}

void store::set_interval(std::chrono::milliseconds interval)
{
  if (std::exchange(interval_, interval) == interval) return;
  if (timer_.cancel() > 0) wait(); // with nobody waiting a save is about to begin, and waits anew itself
}

void store::wait()
{
  timer_.expires_after(interval_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    save();
    wait();
  });
}

std::vector<entry> store::take_changed()
{
  auto entries = std::vector<entry>();
  for (auto const& [at, value] : changed_)
    entries.push_back({at.first, at.second, value});
  return entries;
}

void store::save()
{
  gather_();
  if (saving_) return;
  if (!database_) return reopen();
  if (changed_.empty()) return;
  saving_ = true;
  asio::post(background_, [this, base = database_, entries = take_changed()]() mutable {
    auto how = base->save(entries);
    base.reset();
    asio::post(io_, [this, entries = std::move(entries), how = std::move(how)]() mutable {
      saving_ = false;
      saved(std::move(entries), how);
    });
  });
}

void store::saved(std::vector<entry> written, outcome const& how)
{
  if (!how) {
    if (how.error().what == database::trouble::corrupt) {
      ++failures_;
      // The new file gets everything that is known, not only what has changed.
      for (auto const& [at, value] : known_)
        changed_.try_emplace(at, value);
      known_.clear();
      return recover(how.error());
    }
    return complain(how.error().sentence); // changed_ is still there: tried again with the next save
  }
  ++saves_;
  if (failing_) tell_.say("history: '" + file_ + "' is written again");
  failing_ = false;
  for (auto& each : written) {
    auto at = key(std::move(each.model), std::move(each.kind));
    if (auto const now = changed_.find(at); now != changed_.end() && now->second == each.value) changed_.erase(now);
    known_.insert_or_assign(std::move(at), std::move(each.value));
  }
}

void store::close()
{
  timer_.cancel();
  gather_();
  if (!database_ || changed_.empty()) return;
  auto entries = take_changed();
  auto how = database_->save(entries);
  saved(std::move(entries), how);
  database_.reset();
}

} // namespace pilotlight::history
