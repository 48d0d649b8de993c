// What does a model.toml say of its canary ([canary], [[canary.inputs]], [[canary.outputs]], [canary.arguments])? Pure.
// Fed entry by entry as read_tensors.hpp is.
#pragma once
#include "proxy/config/document.hpp"
#include "proxy/health/canary_spec.hpp"
#include "proxy/repository/model_spec.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::health {

class canary_reading
{
public:
  /// True when the entry belongs to the canary; what is wrong with it is kept as a problem.
  bool take(config::entry const& one);

  /// The canary as written; nothing without [canary]. All problems found are added to `problems`, as
  /// "FILE:LINE: what is wrong; what is allowed". `inputs` and `outputs` are those of model.toml: where there are any,
  /// the canary's names must be among them and their types and shapes agree.
  std::optional<canary_spec> finish(std::vector<tensor_spec> const& inputs, std::vector<tensor_spec> const& outputs,
                                    std::vector<std::string>& problems);

private:
  struct listed
  {
    std::string where;
    std::string name;
    datatype type = datatype::unknown;
    std::optional<dimensions> shape;
    std::optional<config::entry> data;
    std::optional<config::entry> range;
  };
  void take_plain(config::entry const& one, std::string_view key);
  void take_field(config::entry const& one, std::string_view field, listed& tensor, bool is_input);
  void take_argument(config::entry const& one, std::string_view name);
  void problem(config::entry const& one, std::string_view allowed);
  /// What the tensor holds by its data, or the range of an input that is generated; else a problem.
  std::vector<std::byte> read_data(listed const& tensor, std::uint64_t elements);
  std::optional<std::pair<double, double>> read_range(listed const& tensor);
  /// Name, type and shape are there, small enough, and agree with what the model declares.
  bool check_form(listed const& tensor, std::string_view list, std::vector<tensor_spec> const& declared);
  void check_twice(std::vector<listed> const& tensors, std::string_view list);

  canary_spec into_;
  std::vector<listed> inputs_, outputs_;
  std::string where_; ///< of the first entry; empty: none came
  std::vector<std::string> problems_;
};

} // namespace pilotlight::health
