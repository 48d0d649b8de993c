// What does the proxy itself hold that it does not need while nobody calls? Gives it back to the system.
#pragma once

namespace pilotlight::execute {

/// Free heap, and the pages of program and libraries that starting up has touched. Those are only unmapped: they stay
/// in the page cache as long as nobody needs the memory, and the next use maps them again (some hundred microseconds in
/// all, once). For a service at rest; takes about a millisecond.
void give_back_memory();

} // namespace pilotlight::execute
