#include "proxy/health/golden_format.hpp"
#include "shared/fnv1a.hpp"
#include "shared/tensor_table.hpp"

#include <bit>
#include <cstring>

namespace pilotlight::health {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors and this file are little-endian");

constexpr std::string_view magic = "PLGOLD1\n";
constexpr std::size_t hash_bytes = 8;

template <class number>
void put(std::string& text, number value)
{
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  text.append(bytes, sizeof value);
}

/// Takes from the front of a text; once something was missing, it stays `short_`.
class taking
{
public:
  explicit taking(std::string_view text) : rest_(text) {}

  std::string_view bytes(std::uint64_t length)
  {
    if (length > rest_.size()) {
      short_ = true;
      return {};
    }
    auto const taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  template <class number>
  number take()
  {
    auto value = number();
    if (auto const taken = bytes(sizeof value); !short_) std::memcpy(&value, taken.data(), sizeof value);
    return value;
  }

  bool is_short() const { return short_; }
  bool is_empty() const { return rest_.empty(); }

private:
  std::string_view rest_;
  bool short_ = false;
};

failure malformed(std::string what)
{
  return {fault::bad_request, std::move(what)};
}

result<tensor_value> take_tensor(taking& from)
{
  auto tensor = tensor_value();
  tensor.name = from.bytes(from.take<std::uint16_t>());
  auto const type = from.take<std::uint8_t>();
  auto const rank = from.take<std::uint8_t>();
  if (from.is_short()) return malformed("it is cut off");
  if (type == 0 || type >= datatype_names.size() || rank > max_rank || tensor.name.empty())
    return malformed("a tensor is malformed");
  tensor.type = static_cast<datatype>(type);
  for (int i = 0; i < rank; ++i)
    tensor.shape.push_back(from.take<std::int64_t>());
  auto const length = byte_count(tensor.type, tensor.shape);
  if (!length) return malformed("a shape is malformed");
  auto const bytes = std::as_bytes(std::span(from.bytes(*length)));
  if (from.is_short()) return malformed("it is cut off");
  tensor.bytes.assign(bytes.begin(), bytes.end());
  return tensor;
}

} // namespace

std::string encode_golden(golden_answer const& answer)
{
  auto body = std::string();
  put(body, answer.canary);
  put(body, std::uint8_t{answer.repeatable});
  put(body, static_cast<std::uint32_t>(answer.outputs.size()));
  for (auto const& tensor : answer.outputs) {
    put(body, static_cast<std::uint16_t>(tensor.name.size()));
    body += tensor.name;
    put(body, static_cast<std::uint8_t>(tensor.type));
    put(body, static_cast<std::uint8_t>(tensor.shape.size()));
    for (auto const extent : tensor.shape)
      put(body, extent);
    body.append(reinterpret_cast<char const*>(tensor.bytes.data()), tensor.bytes.size());
  }
  auto text = std::string(magic);
  put(text, fnv1a(body));
  return text + body;
}

result<golden_answer> decode_golden(std::string_view text)
{
  if (!text.starts_with(magic) || text.size() < magic.size() + hash_bytes) return malformed("it is no golden answer");
  auto from = taking(text.substr(magic.size()));
  auto const hash = from.take<std::uint64_t>();
  if (hash != fnv1a(text.substr(magic.size() + hash_bytes))) return malformed("it is damaged or cut off");
  auto answer = golden_answer();
  answer.canary = from.take<std::uint64_t>();
  auto const repeatable = from.take<std::uint8_t>();
  auto const count = from.take<std::uint32_t>();
  if (from.is_short() || repeatable > 1 || count == 0 || count > max_table_tensors)
    return malformed("its head is malformed");
  answer.repeatable = repeatable == 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto tensor = take_tensor(from);
    if (!tensor) return tensor.error();
    answer.outputs.push_back(std::move(*tensor));
  }
  if (!from.is_empty()) return malformed("it is longer than its tensors");
  return answer;
}

} // namespace pilotlight::health
