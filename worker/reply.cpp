#include "worker/reply.hpp"

#include "worker/torch_types.hpp"

#include <ATen/ops/from_blob.h>
#include <cstring>

namespace pilotlight::worker {
namespace {

constexpr std::size_t aligned(std::size_t bytes)
{
  return (bytes + tensor_alignment - 1) / tensor_alignment * tensor_alignment;
}

void copy(at::Tensor const& from, std::byte* target, std::size_t bytes)
{
  if (bytes == 0) return;
  if (from.is_cpu() && from.is_contiguous() && !from.is_neg()) {
    std::memcpy(target, from.const_data_ptr(), bytes);
    return;
  }
  at::for_blob(target, from.sizes()).options(at::TensorOptions(from.scalar_type())).make_tensor().copy_(from);
}

} // namespace

void reply_layout::plan(std::vector<output> const& outputs)
{
  table_.clear();
  for (auto const& each : outputs) {
    auto& entry = table_.tensors.emplace_back();
    entry.name = each.name;
    entry.type = each.type;
    entry.shape.assign(each.tensor.sizes().begin(), each.tensor.sizes().end());
    entry.length = each.tensor.nbytes();
  }
  table_length_ = table_size(table_);
  bytes_ = aligned(table_length_);
  for (auto& entry : table_.tensors) {
    entry.offset = bytes_;
    bytes_ += aligned(entry.length);
  }
}

void reply_layout::write(std::vector<output> const& outputs, std::uint64_t block_offset, std::span<std::byte> block)
{
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto& entry = table_.tensors[i];
    copy(outputs[i].tensor, block.data() + entry.offset, entry.length);
    entry.offset += block_offset;
  }
  write_table(table_, block);
}

} // namespace pilotlight::worker
