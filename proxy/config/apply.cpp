#include "proxy/config/apply.hpp"
#include "proxy/config/check.hpp"

namespace pilotlight::config {
namespace {

/// One entry against the table: a problem (sentence without its place), or stored, or nothing to do (empty).
class applying
{
public:
  applying(document_kind document, environment const& variables, reading& into)
      : document_(document), variables_(variables), into_(into)
  {
  }

  void take(entry const& one)
  {
    if (!skipped_.empty() && one.name.starts_with(skipped_)) return; // said already, of the table they are in
    auto const problem = try_take(one);
    if (problem.empty()) return;
    into_.problems.push_back(one.where + ": " + problem);
    if (std::holds_alternative<table_head>(one.content)) skipped_ = one.name + ".";
  }

private:
  std::string try_take(entry const& one)
  {
    auto const is_table = std::holds_alternative<table_head>(one.content);
    auto const* known = find_key(one.name);
    if (!known && is_table && is_section(one.name)) return check_section(one);
    if (!known && is_section(one.name))
      return "'" + one.name + "' is " + shown(one.content) + "; it is a section, [" + one.name + "]";
    if (!known) return unknown(one.name);
    if (known->type == kind::section) return check_open_section(one, *known);
    if (document_ == document_kind::model && known->where != reach::model)
      return "'" + one.name + "' is about the proxy as a whole, not about one model; it belongs in pilotlight.toml";
    auto expanded = one.content;
    if (auto const problem = expand_all(expanded); !problem.empty()) return "'" + one.name + "' " + problem;
    auto const checked = check(*known, expanded);
    if (!checked) return checked.error().sentence;
    if (known->store) known->store(into_.values, *checked);
    warn(one, *known, *checked);
    into_.places[one.name] = one.where;
    return {};
  }

  static std::string check_section(entry const& one)
  {
    auto const repeated = find_key(one.name + ".type") && find_key(one.name + ".type")->where == reach::repeated;
    if (repeated && one.index.empty()) return "'" + one.name + "' is a list: write [[" + one.name + "]]";
    if (!repeated && !one.index.empty()) return "'" + one.name + "' is one section: write [" + one.name + "]";
    return {};
  }

  /// A section that nothing reads: whatever is inside is accepted, and said once.
  std::string check_open_section(entry const& one, key const& known)
  {
    if (document_ == document_kind::model)
      return "'" + one.name + "' is about the proxy as a whole, not about one model; it belongs in pilotlight.toml";
    if (one.name == known.name && !std::holds_alternative<table_head>(one.content))
      return "'" + one.name + "' is " + shown(one.content) + "; allowed is a table, [" + one.name + "]";
    if (into_.places.try_emplace(std::string(known.name), one.where).second)
      into_.values.warnings.push_back(one.where + ": '" + std::string(known.name) +
                                      "' is accepted, but its feature is not there yet: nothing in it has an effect");
    return {};
  }

  static std::string unknown(std::string const& name)
  {
    auto const near = nearest_key(name);
    auto sentence = "unknown key '" + name + "'";
    return near.empty() ? sentence : sentence + "; did you mean '" + std::string(near) + "'?";
  }

  std::string expand_all(node& content) const
  {
    if (auto* text = std::get_if<std::string>(&content)) return expand_text(*text);
    if (auto* items = std::get_if<list>(&content))
      for (auto& item : *items)
        if (auto* text = std::get_if<std::string>(&item))
          if (auto const problem = expand_text(*text); !problem.empty()) return problem;
    return {};
  }

  std::string expand_text(std::string& text) const
  {
    auto expanded = expand(text, variables_);
    if (!expanded) return expanded.error().sentence;
    text = std::move(*expanded);
    return {};
  }

  void warn(entry const& one, key const& known, value const& checked)
  {
    if (known.state == serving::accepted && !into_.places.contains(one.name))
      into_.values.warnings.push_back(one.where + ": '" + one.name +
                                      "' is accepted, but its feature is not there yet: it has no effect");
    if (known.name.ends_with(".load_balancing_strategy") &&
        std::get<std::string>(checked) != into_.values.limits.load_balancing_strategy)
      into_.values.warnings.push_back(one.where + ": '" + one.name + "' is \"" + std::get<std::string>(checked) +
                                      "\", which is not there yet: least_connections is used instead");
  }

  document_kind document_;
  environment const& variables_;
  reading& into_;
  std::string skipped_;
};

struct pair
{
  std::string_view smaller;
  std::string_view larger;
  bool holds;
  std::string_view rule;
};

} // namespace

void apply(std::span<entry const> entries, document_kind document, environment const& variables, reading& into)
{
  auto work = applying(document, variables, into);
  for (auto const& one : entries)
    work.take(one);
}

void find_contradictions(reading& into)
{
  auto const& all = into.values;
  auto const& limits = all.limits;
  auto const same_address = all.listen.http.port != 0 && all.listen.http == all.listen.admin;
  pair const pairs[] = {
      {"autoscaling.thresholds.cpu_scale_down", "autoscaling.thresholds.cpu_scale_up",
       limits.cpu_scale_down < limits.cpu_scale_up, "must be less than"},
      {"autoscaling.zero_scaling.keep_alive_min", "autoscaling.zero_scaling.keep_alive_max",
       limits.keep_alive_min <= limits.keep_alive_max, "must not be more than"},
      {"listen.max_body_bytes", "hold.max_bytes", all.listen.max_body_bytes <= all.hold.max_bytes / 2,
       "must not be more than half of"},
      {"listen.admin", "listen.http", !same_address, "must not be the same address as"},
  };
  for (auto const& [smaller, larger, holds, rule] : pairs) {
    if (holds) continue;
    auto place = into.places.find(smaller);
    if (place == into.places.end()) place = into.places.find(larger);
    into.problems.push_back((place == into.places.end() ? std::string("defaults") : place->second) + ": '" +
                            std::string(smaller) + "' " + std::string(rule) + " '" + std::string(larger) + "'");
  }
}

failure to_failure(std::span<std::string const> problems)
{
  constexpr std::size_t most = 20;
  auto text = std::string();
  for (auto const& problem : problems.first(std::min(most, problems.size())))
    text += (text.empty() ? "" : "\n") + problem;
  if (problems.size() > most) text += "\nand " + std::to_string(problems.size() - most) + " more problems";
  return {fault::bad_request, text};
}

} // namespace pilotlight::config
