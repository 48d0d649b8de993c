// Which tensors does a model.toml list ([[inputs]], [[outputs]], [[warmup]] with [[warmup.inputs]])? Pure.
#pragma once
#include "proxy/config/document.hpp"
#include "proxy/repository/model_spec.hpp"
#include "shared/tensor_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight {

/// A dimension's number, counted from 0; nothing when it is none.
std::optional<int> to_batch_dimension(config::node const& content);
inline constexpr std::string_view allowed_batch_dimensions = "an integer from 0 to 7";

/// A list of at most max_rank integers, each at least 1 or `unknown`; nothing when it is none.
std::optional<std::vector<std::int64_t>> to_shape(config::node const& content, std::int64_t unknown);

/// Gathers one such list entry by entry, in the order of the file.
class tensor_list
{
public:
  /// "inputs", "outputs" or "warmup".
  explicit tensor_list(std::string_view name);

  /// True when the entry belongs to this list; what is wrong with it is kept as a problem.
  bool take(config::entry const& one);

  /// Name, datatype, shape and batch dimension of each tensor; all problems found are added to `problems`.
  std::vector<tensor_spec> specs(std::vector<std::string>& problems) const;

  /// Of a "warmup" list: the tensors of each run. Datatype and shape are required, with every dimension known; names
  /// are those of `inputs`, where there are any.
  std::vector<std::vector<warmup_tensor>> warmups(std::vector<tensor_spec> const& inputs,
                                                  std::vector<std::string>& problems) const;

private:
  struct listed
  {
    std::size_t run = 0; ///< of a warm-up: which [[warmup]]
    std::string where;
    tensor_spec tensor;
  };
  void take_head(config::entry const& one);
  void take_field(config::entry const& one, std::string_view field);
  void problem(config::entry const& one, std::string_view allowed);
  bool check_name(listed const& one, std::size_t position, std::vector<std::string>& problems) const;

  std::string name_;
  std::string prefix_;            ///< of the tensors: "inputs", "warmup.inputs"
  std::size_t depth_;             ///< lists on the way to a tensor: 1, of a warm-up 2
  std::vector<std::string> runs_; ///< of a warm-up: where each [[warmup]] stands
  std::vector<listed> tensors_;
  std::vector<std::string> problems_;
};

} // namespace pilotlight
