#include "proxy/repository/read_tensors.hpp"

#include <algorithm>

namespace pilotlight {

using config::entry;
using config::quoted;

std::optional<std::vector<std::int64_t>> to_shape(config::node const& content, std::int64_t unknown)
{
  auto const* items = std::get_if<config::list>(&content);
  if (!items || items->size() > max_rank) return std::nullopt;
  auto shape = std::vector<std::int64_t>();
  for (auto const& item : *items) {
    auto const* dimension = std::get_if<std::int64_t>(&item);
    if (!dimension || (*dimension < 1 && *dimension != unknown)) return std::nullopt;
    shape.push_back(*dimension);
  }
  return shape;
}

std::optional<int> to_batch_dimension(config::node const& content)
{
  auto const* number = std::get_if<std::int64_t>(&content);
  if (!number || *number < 0 || *number >= static_cast<std::int64_t>(max_rank)) return std::nullopt;
  return static_cast<int>(*number);
}

tensor_list::tensor_list(std::string_view name)
    : name_(name), prefix_(name == "warmup" ? "warmup.inputs" : name), depth_(name == "warmup" ? 2 : 1)
{
}

bool tensor_list::take(entry const& one)
{
  if (one.name != name_ && !one.name.starts_with(name_ + ".")) return false;
  if (one.name == prefix_ || one.name == name_)
    take_head(one);
  else if (one.index.size() == depth_ && one.name.starts_with(prefix_ + ".") && !tensors_.empty())
    take_field(one, std::string_view(one.name).substr(prefix_.size() + 1));
  else if (one.index.size() + 1 == depth_ && !one.name.starts_with(prefix_ + "."))
    problem(one, "[[" + prefix_ + "]] only");
  return true;
}

void tensor_list::take_head(entry const& one)
{
  auto const is_run = one.name != prefix_; // [[warmup]] itself
  auto const wanted = is_run ? depth_ - 1 : depth_;
  if (!std::holds_alternative<config::table_head>(one.content) || one.index.size() != wanted)
    return problem(one, "a list of tables, [[" + one.name + "]]");
  if (is_run)
    runs_.push_back(one.where);
  else
    tensors_.push_back({depth_ == 2 ? one.index.front() : 0, one.where, {}});
}

void tensor_list::take_field(entry const& one, std::string_view field)
{
  auto& tensor = tensors_.back().tensor;
  auto const* text = std::get_if<std::string>(&one.content);
  if (field == "name") {
    if (!text || text->empty() || text->size() > 255) return problem(one, "a string of 1 to 255 characters");
    tensor.name = *text;
  } else if (field == "datatype") {
    auto const type = text ? parse_datatype(*text) : std::nullopt;
    if (!type) return problem(one, allowed_datatypes);
    tensor.type = *type;
  } else if (field == "shape") {
    auto const warmup = depth_ == 2;
    tensor.shape = to_shape(one.content, warmup ? 1 : -1);
    if (!tensor.shape)
      problem(one, "a list of at most " + std::to_string(max_rank) +
                       (warmup ? " integers of at least 1" : " integers, each at least 1, or -1 where it varies"));
  } else if (field == "batch_dimension" && depth_ == 1) {
    auto const dimension = to_batch_dimension(one.content);
    if (!dimension) return problem(one, allowed_batch_dimensions);
    tensor.batch_dimension = *dimension;
  } else {
    auto const allowed = depth_ == 1 ? "name, datatype, shape and batch_dimension" : "name, datatype and shape";
    problems_.push_back(one.where + ": unknown key '" + one.name + "'; allowed are " + allowed);
  }
}

void tensor_list::problem(entry const& one, std::string_view allowed)
{
  problems_.push_back(one.where + ": '" + one.name + "' is " + config::shown(one.content) + "; allowed is " +
                      std::string(allowed));
}

bool tensor_list::check_name(listed const& one, std::size_t position, std::vector<std::string>& problems) const
{
  if (one.tensor.name.empty()) {
    problems.push_back(one.where + ": [[" + prefix_ + "]] has no name");
    return false;
  }
  for (std::size_t i = 0; i < position; ++i)
    if (tensors_[i].run == one.run && tensors_[i].tensor.name == one.tensor.name) {
      problems.push_back(one.where + ": [[" + prefix_ + "]] has the name " + quoted(one.tensor.name) + " twice");
      return false;
    }
  return true;
}

std::vector<tensor_spec> tensor_list::specs(std::vector<std::string>& problems) const
{
  problems.insert(problems.end(), problems_.begin(), problems_.end());
  auto specs = std::vector<tensor_spec>();
  for (std::size_t i = 0; problems_.empty() && i < tensors_.size(); ++i)
    if (check_name(tensors_[i], i, problems)) specs.push_back(tensors_[i].tensor);
  if (specs.size() > max_table_tensors)
    problems.push_back(tensors_[max_table_tensors].where + ": more [[" + prefix_ + "]] than " +
                       std::to_string(max_table_tensors));
  return specs;
}

std::vector<std::vector<warmup_tensor>> tensor_list::warmups(std::vector<tensor_spec> const& inputs,
                                                             std::vector<std::string>& problems) const
{
  problems.insert(problems.end(), problems_.begin(), problems_.end());
  auto runs = std::vector<std::vector<warmup_tensor>>(problems_.empty() ? runs_.size() : 0);
  for (std::size_t i = 0; problems_.empty() && i < tensors_.size(); ++i) {
    auto const& [run, where, tensor] = tensors_[i];
    if (!check_name(tensors_[i], i, problems)) continue;
    auto const is_input = [&](tensor_spec const& input) { return input.name == tensor.name; };
    if (!inputs.empty() && std::none_of(inputs.begin(), inputs.end(), is_input))
      problems.push_back(where + ": [[" + prefix_ + "]] names " + quoted(tensor.name) +
                         ", which is none of [[inputs]]");
    if (tensor.type == datatype::unknown || !tensor.shape)
      problems.push_back(where + ": [[" + prefix_ + "]] " + quoted(tensor.name) + " needs a datatype and a shape");
    else
      runs[run].push_back({tensor.name, std::string(to_string(tensor.type)), *tensor.shape});
  }
  for (std::size_t run = 0; run < runs.size(); ++run)
    if (std::none_of(tensors_.begin(), tensors_.end(), [&](listed const& one) { return one.run == run; }))
      problems.push_back(runs_[run] + ": [[" + name_ + "]] has no [[" + prefix_ + "]]");
  return runs;
}

} // namespace pilotlight
