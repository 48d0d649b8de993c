// Is this answer the golden one, within a tolerance? Pure.
#pragma once
#include "proxy/health/tensor_value.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::health {

/// Two values are equal when |got - golden| <= absolute + relative * |golden| (as numpy.isclose). NaN equals NaN, an
/// infinity equals itself only, -0 equals 0.
struct tolerance
{
  /// Not given: by datatype, see tolerance_of.
  std::optional<double> relative{};
  std::optional<double> absolute{};
  bool operator==(tolerance const&) const = default;
};

struct allowance
{
  double relative = 0;
  double absolute = 0;
};

/// FP64 1e-6 and 1e-9, FP32 1e-3 and 1e-5, FP16 1e-2 and 1e-3, BF16 5e-2 and 1e-2 where `given` says nothing: what
/// another number of threads, another CPU or another kernel changes in the order of a sum. Integers are exact unless
/// something is given. BOOL is always exact.
allowance tolerance_of(datatype type, tolerance const& given);

struct difference
{
  std::string sentence{}; ///< of the first: "output "y" [0, 3] is 0.5, golden is 0.25; 2 of 8 values differ"
  /// 0 to 1: of all values, how many differ; 1 where names, types or shapes do.
  double share = 1;
};

/// Compares the outputs by name, in the order of `golden`; further ones in `got` are a difference too. Nothing: equal.
std::optional<difference> compare(std::span<tensor_value const> golden, std::span<tensor_value const> got,
                                  tolerance const& within);

/// The same of names, types and shapes alone: for a model whose values are not repeatable.
std::optional<difference> compare_form(std::span<tensor_value const> golden, std::span<tensor_value const> got);

} // namespace pilotlight::health
