#include "proxy/repository/model_toml.hpp"

#include "proxy/config/apply.hpp"
#include "proxy/health/canary_toml.hpp"
#include "proxy/repository/read_tensors.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pilotlight {
namespace {

using config::entry;
using config::shown;
using config::table_head;

/// Kind and text of a constant for a non-tensor argument; kind is empty where the value can be none.
constant_argument to_constant(std::string name, config::node const& content)
{
  if (auto const* flag = std::get_if<bool>(&content)) return {std::move(name), "bool", *flag ? "true" : "false"};
  if (auto const* integer = std::get_if<std::int64_t>(&content))
    return {std::move(name), "int", std::to_string(*integer)};
  if (auto const* text = std::get_if<std::string>(&content)) return {std::move(name), "string", *text};
  if (auto const* number = std::get_if<double>(&content)) {
    char text[32];
    auto const end = std::to_chars(text, text + sizeof text, *number).ptr;
    return {std::move(name), "float", std::string(text, end)};
  }
  return {std::move(name), "", ""};
}

/// Takes the entries that are model.toml's own one by one; what it does not know is left for the table of keys.
class reading_model
{
public:
  bool take(entry const& one)
  {
    if (one.name == "stateful") return take_stateful(one), true;
    if (one.name == "sequence_idle_timeout") return take_sequence_idle(one), true;
    if (one.name == "batch_dimension") return take_batch_dimension(one), true;
    if (one.name == "arguments" || one.name.starts_with("arguments.")) return take_argument(one), true;
    return inputs_.take(one) || outputs_.take(one) || warmups_.take(one) || canary_.take(one);
  }

  model_toml finish(std::vector<std::string>& problems)
  {
    into_.inputs = inputs_.specs(problems_);
    into_.outputs = outputs_.specs(problems_);
    into_.warmups = warmups_.warmups(into_.inputs, problems_);
    into_.canary = canary_.finish(into_.inputs, into_.outputs, problems_);
    for (auto const& constant : into_.constants)
      for (auto const& input : into_.inputs)
        if (input.name == constant.name)
          problems_.push_back(place_of_arguments_ + ": 'arguments." + constant.name +
                              "' is also the name of an input; an argument is a tensor or a constant");
    problems.insert(problems.end(), problems_.begin(), problems_.end());
    return std::move(into_);
  }

private:
  void problem(entry const& one, std::string_view allowed)
  {
    problems_.push_back(one.where + ": '" + one.name + "' is " + shown(one.content) + "; allowed is " +
                        std::string(allowed));
  }

  void take_stateful(entry const& one)
  {
    auto const* text = std::get_if<std::string>(&one.content);
    if (text && *text == "restore")
      into_.state = state_mode::restore;
    else if (text && *text == "sequence")
      into_.state = state_mode::sequence;
    else
      problem(one, "\"restore\" or \"sequence\"");
  }

  void take_sequence_idle(entry const& one)
  {
    auto seconds = std::nan("");
    if (auto const* integer = std::get_if<std::int64_t>(&one.content)) seconds = static_cast<double>(*integer);
    if (auto const* number = std::get_if<double>(&one.content)) seconds = *number;
    if (!std::isfinite(seconds) || seconds < 0.001 || seconds > 86'400)
      return problem(one, "a number of seconds from 0.001 to 86400");
    into_.sequence_idle = std::chrono::milliseconds(std::llround(seconds * 1000));
  }

  void take_batch_dimension(entry const& one)
  {
    auto const dimension = to_batch_dimension(one.content);
    if (!dimension) return problem(one, allowed_batch_dimensions);
    into_.batch_dimension = *dimension;
  }

  void take_argument(entry const& one)
  {
    if (one.name == "arguments") {
      place_of_arguments_ = one.where;
      if (!std::holds_alternative<table_head>(one.content) || !one.index.empty())
        problem(one, "one section, [arguments], of name = constant");
      return;
    }
    auto constant = to_constant(one.name.substr(std::string_view("arguments.").size()), one.content);
    if (constant.kind.empty()) return problem(one, "an integer, a float, true, false or a string");
    if (into_.constants.size() >= max_table_arguments)
      return problem(one, "at most " + std::to_string(max_table_arguments) + " arguments");
    into_.constants.push_back(std::move(constant));
  }

  model_toml into_;
  tensor_list inputs_{"inputs"};
  tensor_list outputs_{"outputs"};
  tensor_list warmups_{"warmup"};
  health::canary_reading canary_;
  std::string place_of_arguments_;
  std::vector<std::string> problems_;
};

} // namespace

result<model_toml> read_model_toml(std::string_view text, std::string_view source, settings const& node,
                                   config::environment const& variables, std::vector<std::string>& warnings)
{
  auto const entries = config::parse_document(text, source);
  if (!entries) return entries.error();
  auto own = reading_model();
  auto overrides = std::vector<entry>();
  for (auto const& one : *entries)
    if (!own.take(one)) overrides.push_back(one);

  auto into = config::reading();
  into.values = node;
  into.values.warnings.clear();
  config::apply(overrides, config::document_kind::model, variables, into);
  config::find_contradictions(into, config::document_kind::model);
  auto model = own.finish(into.problems);
  model.limits = into.values.limits;
  warnings.insert(warnings.end(), into.values.warnings.begin(), into.values.warnings.end());
  if (!into.problems.empty()) return config::to_failure(into.problems);
  return model;
}

} // namespace pilotlight
