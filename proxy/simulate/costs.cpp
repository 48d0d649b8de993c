#include "proxy/simulate/costs.hpp"
#include "proxy/simulate/trace_time.hpp"

#include <cmath>
#include <optional>

namespace pilotlight::simulate {
namespace {

using decide::rung;

/// "zygote=90" -> its rung and number.
struct assignment
{
  std::size_t rung = 0;
  double value = 0;
};

std::optional<assignment> parse(std::string const& text)
{
  auto const equals = text.find('=');
  if (equals == std::string::npos) return std::nullopt;
  auto const name = std::string_view(text).substr(0, equals);
  auto const value = parse_number(std::string_view(text).substr(equals + 1));
  if (!value || *value < 0 || *value > 1e7) return std::nullopt;
  for (std::size_t i = 0; i < decide::rungs; ++i)
    if (decide::to_string(static_cast<rung>(i)) == name) return assignment{i, *value};
  return std::nullopt;
}

} // namespace

result<costs> profile(std::string const& name)
{
  auto made = costs();
  if (name == "minilm") return made;
  if (name != "mlp")
    return failure{fault::bad_request, "the profile '" + name + "' is not known; allowed are minilm and mlp"};
  made.service = std::chrono::microseconds(200);
  made.start.to_answer = {std::chrono::milliseconds(260), std::chrono::milliseconds(60), std::chrono::milliseconds(25),
                          std::chrono::microseconds(0)};
  made.start.bytes = {0, std::uint64_t{90} << 20, std::uint64_t{4} << 20, std::uint64_t{12} << 20};
  return made;
}

result<void> set_starts(costs& of, std::span<std::string const> milliseconds)
{
  for (auto const& text : milliseconds) {
    auto const found = parse(text);
    if (!found || found->rung == static_cast<std::size_t>(rung::instance))
      return failure{fault::bad_request,
                     "--start-ms " + text + " is not understood; allowed are zero=MS, zygote=MS and model_zygote=MS"};
    of.start.to_answer[found->rung] = decide::duration(std::llround(found->value * 1e3));
  }
  for (std::size_t i = 1; i < decide::rungs; ++i)
    if (of.start.to_answer[i] > of.start.to_answer[i - 1])
      return failure{fault::bad_request, "--start-ms: " + std::string(decide::to_string(static_cast<rung>(i))) +
                                             " must not start slower than " +
                                             std::string(decide::to_string(static_cast<rung>(i - 1)))};
  return {};
}

result<void> set_memory(costs& of, std::span<std::string const> mebibytes)
{
  for (auto const& text : mebibytes) {
    auto const found = parse(text);
    if (!found || found->rung == static_cast<std::size_t>(rung::zero))
      return failure{fault::bad_request,
                     "--memory-mib " + text +
                         " is not understood; allowed are zygote=MIB, model_zygote=MIB and instance=MIB"};
    of.start.bytes[found->rung] = static_cast<std::uint64_t>(std::llround(found->value * 1048576));
  }
  if (of.start.bytes[3] < of.start.bytes[2])
    return failure{fault::bad_request, "--memory-mib: instance holds the model zygote too and must not be smaller"};
  return {};
}

} // namespace pilotlight::simulate
