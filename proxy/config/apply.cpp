#include "proxy/config/apply.hpp"
#include "proxy/config/check.hpp"

#include <array>

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
    refuse(one, one.name);
    if (auto const meant = nearest_key(one.name); !find_key(one.name) && !meant.empty())
      refuse(one, std::string(meant));
    if (std::holds_alternative<table_head>(one.content)) skipped_ = one.name + ".";
  }

private:
  void refuse(entry const& one, std::string const& name)
  {
    auto const is_table = std::holds_alternative<table_head>(one.content);
    into_.refused.insert(is_table || one.index.empty() ? name : item_name(name, one.index.back()));
  }

  std::string try_take(entry const& one)
  {
    auto const is_table = std::holds_alternative<table_head>(one.content);
    auto const* known = find_key(one.name);
    if (!known && is_table && is_section(one.name)) return enter_section(one);
    if (auto const* tables = find_table_list(one.name); tables && is_empty_list(one.content)) return enter_list(one, 0);
    if (!known && is_section(one.name)) return no_section(one);
    if (!known) return unknown(one.name);
    if (known->type == kind::section) return check_open_section(one, *known);
    if (document_ == document_kind::model && known->where != reach::model)
      return "'" + one.name + "' is about the proxy as a whole, not about one model; it belongs in pilotlight.toml";
    auto expanded = one.content;
    if (auto const problem = expand_all(expanded); !problem.empty()) return "'" + one.name + "' " + problem;
    auto const checked = check(*known, expanded);
    if (!checked) return checked.error().sentence;
    if (known->place.store) known->place.store(into_.values, *checked, one.index.empty() ? 0 : one.index.back());
    warn(one, *known);
    into_.places[one.name] = one.where;
    if (!one.index.empty()) into_.places[item_name(one.name, one.index.back())] = one.where;
    return {};
  }

  static std::string no_section(entry const& one)
  {
    auto const is = "'" + one.name + "' is " + shown(one.content) + "; it is a ";
    return find_table_list(one.name) ? is + "list of tables, [[" + one.name + "]]" : is + "section, [" + one.name + "]";
  }

  static bool is_empty_list(node const& content)
  {
    auto const* items = std::get_if<list>(&content);
    return items && items->empty();
  }

  std::string enter_section(entry const& one)
  {
    auto const listed = find_table_list(one.name) != nullptr;
    if (listed && one.index.empty()) return "'" + one.name + "' is a list: write [[" + one.name + "]]";
    if (!listed && !one.index.empty()) return "'" + one.name + "' is one section: write [" + one.name + "]";
    return listed ? enter_list(one, one.index.back() + 1) : std::string();
  }

  /// A list is given as a whole: its first item ends what was there, of the file by --set too.
  std::string enter_list(entry const& one, std::size_t count)
  {
    if (document_ == document_kind::model)
      return "'" + one.name + "' is about the proxy as a whole, not about one model; it belongs in pilotlight.toml";
    auto const& tables = *find_table_list(one.name);
    if (count <= 1) std::erase_if(into_.places, [&](auto const& place) { return is_in(place.first, one.name); });
    if (tables.resize && count <= 1) tables.resize(into_.values, 0);
    if (tables.resize) tables.resize(into_.values, count);
    if (count > 0) into_.places[item_name(one.name, count - 1)] = one.where;
    return {};
  }

  static bool is_in(std::string_view place, std::string_view list)
  {
    return place.starts_with(list) &&
           (place.substr(list.size()).starts_with('[') || place.substr(list.size()).starts_with('.'));
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

  /// What a model.toml may have beside settings (repository/model_toml.hpp).
  static constexpr std::array<std::string_view, 8> model_keys{
      "stateful", "sequence_idle_timeout", "batch_dimension", "inputs", "outputs", "warmup", "arguments", "canary"};

  std::string unknown(std::string const& name) const
  {
    auto const of_model =
        document_ == document_kind::model ? std::span(model_keys) : std::span<std::string_view const>();
    auto const near = nearest_key(name, of_model);
    auto sentence = "unknown key '" + name + "'";
    return near.empty() ? sentence : sentence + "; did you mean '" + std::string(near) + "'?";
  }

  std::string expand_all(node& content) const
  {
    if (auto* text = std::get_if<std::string>(&content)) return expand_text(*text);
    if (auto* items = std::get_if<list>(&content))
      for (auto& item : *items)
        if (auto* text = std::get_if<std::string>(&item))
          if (auto problem = expand_text(*text); !problem.empty()) return problem;
    return {};
  }

  std::string expand_text(std::string& text) const
  {
    auto expanded = expand(text, variables_);
    if (!expanded) return expanded.error().sentence;
    text = std::move(*expanded);
    return {};
  }

  void warn(entry const& one, key const& known)
  {
    if (known.state == serving::accepted && !into_.places.contains(one.name))
      into_.values.warnings.push_back(one.where + ": '" + one.name +
                                      "' is accepted, but its feature is not there yet: it has no effect");
  }

  document_kind document_;
  environment const& variables_;
  reading& into_;
  std::string skipped_;
};

} // namespace

std::string item_name(std::string_view name, std::size_t item)
{
  return std::string(name) + "[" + std::to_string(item) + "]";
}

void apply(std::span<entry const> entries, document_kind document, environment const& variables, reading& into)
{
  auto work = applying(document, variables, into);
  for (auto const& one : entries)
    work.take(one);
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
