#include "proxy/control/reloading.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace pilotlight::control {

namespace asio = boost::asio;

namespace {

void log(spdlog::level::level_enum level, std::vector<std::string> const& sentences)
{
  for (auto const& each : sentences)
    spdlog::log(level, "configuration: {}", each);
}

} // namespace

reloading::reloading(asio::io_context& io, asio::thread_pool& background, settings& config, settings_origin origin,
                     pool::fleet& models, pool::catalog& catalog, loop& control)
    : io_(io), background_(background), config_(config), origin_(std::move(origin)), models_(models), catalog_(catalog),
      control_(control)
{
}

void reloading::start()
{
  auto made = execute::file_watch::make(io_, [this](auto const&) { reload(); });
  if (made)
    watch_ = std::move(*made);
  else
    spdlog::warn("changed files are not noticed (SIGHUP still is): {}", made.error().sentence);
  reload(); // finds nothing new, and which files to watch
}

void reloading::reload(std::function<void(outcome const&)> done)
{
  if (done) (reading_ ? next_ : asking_).push_back(std::move(done));
  if (std::exchange(reading_, true)) {
    again_ = true;
    return;
  }
  read();
}

void reloading::read()
{
  asio::post(background_, [this, origin = origin_, running = config_] {
    auto found = config::reload(origin.file, origin.overrides, running);
    asio::post(io_, [this, found = std::move(found)] { apply(found); });
  });
}

void reloading::apply(result<config::reload_outcome> const& found)
{
  if (!found) {
    ++refused_;
    spdlog::error("configuration refused, the old one stays:\n{}", found.error().sentence);
    return finish(found.error());
  }
  auto served = std::vector<model_spec const*>();
  for (auto const* each : models_.all())
    served.push_back(&each->spec());
  auto const models = config::compare(served, found->models, found->changes);
  auto told = config::reload_told();
  for (auto const& one : found->changes)
    told.changes.push_back(config::sentence(one));
  config_ = found->running;
  spdlog::set_level(spdlog::level::from_str(config_.log.level));
  models_.configure();
  auto files = std::vector<model_spec>();
  for (auto const& one : models)
    apply(one, told, files);
  catalog_.take_up(std::move(files));
  control_.configure();
  log(spdlog::level::info, told.changes);
  log(spdlog::level::warn, told.refused);
  taken_up_ += !told.changes.empty();
  refused_ += !told.refused.empty();
  if (!told.changes.empty())
    for (auto const& each : found->told)
      spdlog::warn("{}", each);
  if (watch_)
    if (auto const watched = watch_->watch(config::watched_files(config_, found->models)); !watched)
      spdlog::warn("{}", watched.error().sentence);
  finish(told);
}

void reloading::apply(config::model_change const& change, config::reload_told& told, std::vector<model_spec>& files)
{
  using kind = config::model_change::kind;
  auto& into = change.what == kind::refused ? told.refused : told.changes;
  for (auto& each : config::sentences(change))
    into.push_back(std::move(each));
  if (change.what == kind::added || change.what == kind::anew) files.push_back(*change.now);
  if (change.what != kind::limits) return;
  if (auto const there = models_.find(change.now->name, change.now->version))
    (*there)->configure(change.now->toml.limits);
}

void reloading::finish(outcome const& what)
{
  reading_ = false;
  auto const asked = std::exchange(asking_, std::exchange(next_, {}));
  for (auto const& each : asked)
    each(what);
  if (!std::exchange(again_, false)) return;
  reading_ = true;
  read();
}

} // namespace pilotlight::control
