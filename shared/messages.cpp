#include "shared/messages.hpp"

#include <boost/json.hpp>

namespace pilotlight {
namespace json = boost::json;
namespace {

constexpr char const* names[] = {"fork_model", "fork_instance", "attach", "hello",
                                 "ready",      "warmed",        "failed", "notice"};

template <std::size_t I = 0>
result<message> decode_as(std::string_view name, json::value const& body)
{
  if constexpr (I == std::variant_size_v<message>) {
    return failure{fault::internal, "control message: unknown kind '" + std::string(name) + "'"};
  } else {
    if (name != names[I]) return decode_as<I + 1>(name, body);
    auto value = json::try_value_to<std::variant_alternative_t<I, message>>(body);
    if (!value) return failure{fault::internal, "control message: malformed " + std::string(name)};
    return message(std::move(*value));
  }
}

} // namespace

std::string encode(message const& value)
{
  auto object = json::object();
  object["kind"] = names[value.index()];
  object["body"] = std::visit([](auto const& body) { return json::value_from(body); }, value);
  return json::serialize(object);
}

result<message> decode(std::string_view text)
{
  auto error = boost::system::error_code();
  auto const value = json::parse(text, error);
  if (error || !value.is_object()) return failure{fault::internal, "control message: not a JSON object"};
  auto const* kind = value.as_object().if_contains("kind");
  auto const* body = value.as_object().if_contains("body");
  if (!kind || !kind->is_string() || !body) return failure{fault::internal, "control message: no kind or body"};
  return decode_as(std::string_view(kind->as_string()), *body);
}

} // namespace pilotlight
