#include "proxy/oip/sentence.hpp"

namespace pilotlight::oip {

std::string quoted(std::string_view name)
{
  constexpr auto longest = std::size_t{64};
  auto text = std::string("'");
  if (name.size() <= longest) {
    text.append(name);
  } else {
    auto cut = longest;
    while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xc0) == 0x80)
      --cut;
    text.append(name.substr(0, cut)).append("...");
  }
  return text += '\'';
}

std::string to_text(std::span<std::int64_t const> shape)
{
  auto text = std::string("[");
  for (auto const extent : shape) {
    if (text.size() > 1) text += ',';
    text += std::to_string(extent);
  }
  return text += ']';
}

} // namespace pilotlight::oip
