#include "worker/warmup.hpp"

#include "worker/binding.hpp"
#include "worker/sentence.hpp"

#include <c10/util/Exception.h>
#include <cstdlib>
#include <memory>

namespace pilotlight::worker {
namespace {

struct freed
{
  void operator()(std::byte* memory) const { std::free(memory); }
};

/// The warm-up as a request's table, over memory of its own.
result<tensor_table> table_of(std::vector<warmup_tensor> const& tensors, std::size_t& bytes)
{
  auto table = tensor_table();
  for (auto const& tensor : tensors) {
    auto const type = parse_datatype(tensor.datatype);
    if (!type) return failure{fault::internal, "warm-up " + tensor.name + ": datatype '" + tensor.datatype + "'"};
    if (tensor.shape.size() > max_rank)
      return failure{fault::internal, "warm-up " + tensor.name + ": over 8 dimensions"};
    auto& entry = table.tensors.emplace_back();
    entry.name = tensor.name;
    entry.type = *type;
    entry.shape.assign(tensor.shape.begin(), tensor.shape.end());
    auto const length = byte_count(*type, entry.shape);
    if (!length) return failure{fault::internal, "warm-up " + tensor.name + ": every dimension must be > 0"};
    entry.offset = bytes;
    entry.length = *length;
    bytes += (*length + tensor_alignment) / tensor_alignment * tensor_alignment;
  }
  return table;
}

} // namespace

std::string warm(model& served, std::vector<warmup_tensor> const& tensors)
{
  auto bytes = std::size_t{tensor_alignment};
  auto const table = table_of(tensors, bytes);
  if (!table) return table.error().sentence;
  auto const zeros = std::unique_ptr<std::byte, freed>(static_cast<std::byte*>(std::calloc(bytes, 1)));
  if (!zeros) return "warm-up: no memory";
  auto stack = std::vector<c10::IValue>();
  auto reason = std::string();
  try {
    auto const bound = binding(served, served.has_state(), std::nullopt)(*table, {zeros.get(), bytes}, stack);
    if (bound)
      served.forward(stack);
    else
      reason = bound.error().sentence;
  } catch (c10::Error const& error) {
    reason = first_meaningful_line(error.what_without_backtrace());
  } catch (std::exception const& error) {
    reason = first_meaningful_line(error.what());
  }
  served.restore();
  return reason;
}

} // namespace pilotlight::worker
