// What does a running proxy tell from now on? Reads a stream of server-sent events. Opens a socket and blocks until the
// stream ends.
#pragma once
#include "proxy/config/settings.hpp"
#include "shared/failure.hpp"

#include <functional>
#include <istream>
#include <string>
#include <string_view>

namespace pilotlight::cli {

struct event
{
  std::string name = "message";
  std::string data; ///< several lines joined by '\n'
};

/// Reads events off `in` and shows each to `show`, until that answers false or the text ends. What is cut at the end is
/// no event. True: a closing event has come, or `show` had enough.
/// `alive` is called at each line, comments included.
bool read_events(
    std::istream& in, std::function<bool(event const&)> const& show, std::function<void()> const& alive = [] {});

/// Follows until `show` answers false or the proxy says that it ends the stream. Failure: fault::unavailable when
/// nothing answers within 2 s, the stream is cut, silent for 45 s (the proxy beats each 15), or the proxy dropped this
/// reader for being too slow.
result<void> follow(endpoint const& from, std::string_view target, std::function<bool(event const&)> const& show);

} // namespace pilotlight::cli
