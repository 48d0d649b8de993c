// How do figures read in the sentences of health? Pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <cstdint>
#include <string>

namespace pilotlight::health {

/// "250 ms", "5 s", "1.5 s", "12 min", "3.5 h".
std::string in_words(decide::duration time);
/// "512 KiB", "1.5 MiB", "2 GiB".
std::string in_bytes(double bytes);
/// Up to three digits that count: "0.333", "12.5", "1024".
std::string figure(double number);
/// Enough digits to tell two doubles apart: "0.1", "nan", "-inf".
std::string exactly(double number);

} // namespace pilotlight::health
