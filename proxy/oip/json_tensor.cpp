#include "proxy/oip/json_tensor.hpp"

#include "proxy/oip/half.hpp"

#include <cmath>
#include <limits>
#include <type_traits>

namespace pilotlight::oip {
namespace {

// One reader per datatype: false when the value is not one, without consuming it.

template <class Number>
struct integer_element
{
  using storage = Number;
  static bool read(ondemand::value& value, storage& element)
  {
    using wide = std::conditional_t<std::is_signed_v<Number>, std::int64_t, std::uint64_t>;
    auto number = wide{0};
    if (value.get<wide>().get(number)) return false;
    if constexpr (sizeof(Number) < sizeof(wide))
      if (number < std::numeric_limits<Number>::min() || number > std::numeric_limits<Number>::max()) return false;
    element = static_cast<Number>(number);
    return true;
  }
  static std::string allowed()
  {
    return "an integer from " + std::to_string(std::numeric_limits<Number>::min()) + " to " +
           std::to_string(std::numeric_limits<Number>::max());
  }
};

struct boolean_element
{
  using storage = std::uint8_t;
  static bool read(ondemand::value& value, storage& element)
  {
    auto flag = false;
    auto number = std::uint64_t{0};
    if (value.get_bool().get(flag)) {
      if (value.get_uint64().get(number) || number > 1) return false;
      flag = number != 0;
    }
    element = flag;
    return true;
  }
  static std::string allowed() { return "true or false (or 1 or 0)"; }
};

template <class Number>
struct real_element
{
  using storage = Number;
  static bool read(ondemand::value& value, storage& element)
  {
    auto number = 0.0;
    if (value.get_double().get(number)) return false;
    element = static_cast<Number>(number);
    return !std::isinf(element);
  }
  static std::string allowed() { return "a finite number in the range of the type"; }
};

template <class Format>
struct half_element
{
  using storage = std::uint16_t;
  static bool read(ondemand::value& value, storage& element)
  {
    auto number = 0.0;
    if (value.get_double().get(number)) return false;
    auto const bits = Format::narrow(number);
    if (bits) element = *bits;
    return bits.has_value();
  }
  static std::string allowed() { return "a finite number in the range of the type"; }
};

template <class Element>
class filler
{
public:
  filler(std::string_view name, datatype type, dimensions const& shape, std::span<std::byte> target)
      : name_(name), type_(type), shape_(shape), first_(reinterpret_cast<typename Element::storage*>(target.data())),
        next_(first_), end_(first_ + target.size() / sizeof(typename Element::storage))
  {
  }

  result<void> run(ondemand::array data)
  {
    if (auto const filled = is_nested(data) ? nested(data, 0) : leaves(data, end_, ""); !filled) return filled;
    if (next_ != end_) return count_differs(std::to_string(next_ - first_) + " of");
    return {};
  }

private:
  bool is_nested(ondemand::array& data) const
  {
    if (shape_.size() < 2 || data.reset().error()) return false;
    auto nested = false;
    for (auto item : data) {
      auto kind = ondemand::json_type::null;
      nested = !item.type().get(kind) && kind == ondemand::json_type::array;
      break;
    }
    return nested;
  }

  /// Numbers until `end`, in the array that lies `where`.
  result<void> leaves(ondemand::array& data, typename Element::storage* end, std::string_view where)
  {
    if (auto const error = data.reset().error()) return malformed(error);
    for (auto item : data) {
      auto value = ondemand::value();
      if (auto const error = item.get(value)) [[unlikely]]
        return malformed(error);
      if (next_ == end) [[unlikely]]
        return where.empty() ? count_differs("more elements than") : dimension_differs(shape_.size() - 1, "more");
      if (!Element::read(value, *next_)) [[unlikely]]
        return wrong_element(value);
      ++next_;
    }
    return {};
  }

  // Never deeper than the shape, so than max_rank.
  result<void> nested(ondemand::array& data, std::size_t level)
  {
    auto const extent = static_cast<std::uint64_t>(shape_[level]);
    if (level + 1 == shape_.size()) {
      auto* const start = next_;
      auto const room = static_cast<std::uint64_t>(end_ - next_);
      if (auto const filled = leaves(data, next_ + std::min(extent, room), "nested"); !filled) return filled;
      if (static_cast<std::uint64_t>(next_ - start) != extent)
        return dimension_differs(level, std::to_string(next_ - start));
      return {};
    }
    if (auto const error = data.reset().error()) return malformed(error);
    auto count = std::uint64_t{0};
    for (auto item : data) {
      auto value = ondemand::value();
      if (auto const error = item.get(value)) return malformed(error);
      if (count++ == extent) return dimension_differs(level, "more");
      auto inner = ondemand::array();
      if (value.get_array().get(inner))
        return refuse("input " + quoted(name_) + ": data must be flat or nested as shape " + to_text(shape_) +
                      " says: found " + found(value) + " where an array should be");
      if (auto const filled = nested(inner, level + 1); !filled) return filled;
    }
    if (count != extent) return dimension_differs(level, std::to_string(count));
    return {};
  }

  failure count_differs(std::string const& given) const
  {
    return refuse("input " + quoted(name_) + ": data has " + given + " the " + std::to_string(end_ - first_) +
                  (given == "more elements than" ? "" : " elements") + " that shape " + to_text(shape_) + " asks for");
  }
  failure dimension_differs(std::size_t level, std::string const& given) const
  {
    return refuse("input " + quoted(name_) + ": nested data has " + given +
                  (given == "more" ? " than " : " instead of ") + std::to_string(shape_[level]) +
                  " entries in dimension " + std::to_string(level) + " of shape " + to_text(shape_));
  }
  failure wrong_element(ondemand::value value) const
  {
    auto kind = ondemand::json_type::null;
    if (!value.type().get(kind) && kind == ondemand::json_type::array)
      return refuse("input " + quoted(name_) + ": data must be flat or nested as shape " + to_text(shape_) +
                    " says: found an array at element " + std::to_string(next_ - first_));
    return refuse("input " + quoted(name_) + ": element " + std::to_string(next_ - first_) + " of data must be " +
                  Element::allowed() + " (" + std::string(to_string(type_)) + "), found " + found(value));
  }

  std::string_view name_;
  datatype type_;
  dimensions const& shape_;
  typename Element::storage* first_;
  typename Element::storage* next_;
  typename Element::storage* end_;
};

template <class Element>
result<void> fill(ondemand::array data, std::string_view name, datatype type, dimensions const& shape,
                  std::span<std::byte> target)
{
  return filler<Element>(name, type, shape, target).run(data);
}

} // namespace

result<void> fill_tensor(ondemand::array data, std::string_view name, datatype type, dimensions const& shape,
                         std::span<std::byte> target)
{
  switch (type) {
  case datatype::boolean: return fill<boolean_element>(data, name, type, shape, target);
  case datatype::uint8: return fill<integer_element<std::uint8_t>>(data, name, type, shape, target);
  case datatype::uint16: return fill<integer_element<std::uint16_t>>(data, name, type, shape, target);
  case datatype::uint32: return fill<integer_element<std::uint32_t>>(data, name, type, shape, target);
  case datatype::uint64: return fill<integer_element<std::uint64_t>>(data, name, type, shape, target);
  case datatype::int8: return fill<integer_element<std::int8_t>>(data, name, type, shape, target);
  case datatype::int16: return fill<integer_element<std::int16_t>>(data, name, type, shape, target);
  case datatype::int32: return fill<integer_element<std::int32_t>>(data, name, type, shape, target);
  case datatype::int64: return fill<integer_element<std::int64_t>>(data, name, type, shape, target);
  case datatype::fp16: return fill<half_element<fp16_format>>(data, name, type, shape, target);
  case datatype::bf16: return fill<half_element<bf16_format>>(data, name, type, shape, target);
  case datatype::fp32: return fill<real_element<float>>(data, name, type, shape, target);
  case datatype::fp64: return fill<real_element<double>>(data, name, type, shape, target);
  case datatype::unknown: break;
  }
  return refuse("input " + quoted(name) + ": datatype is missing");
}

} // namespace pilotlight::oip
