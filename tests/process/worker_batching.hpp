// Batches in the tests of a real instance: who is there at once, and what came of it. Blocks, at most `patience` at a
// time.
#pragma once
#include "tests/process/worker_odd_models.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace worker_tests {

/// Orders that batch: up to so many requests, waiting up to so long for them.
pilotlight::fork_model batched(pilotlight::fork_model order, int max_size, std::chrono::microseconds delay = {});
pilotlight::fork_model batched(std::string const& name, int max_size, std::chrono::microseconds delay = {});

request with(named_tensor input);
/// One of the usual shape, x of [1, 4].
request usual_row();

/// Polls until true; false after `patience`.
bool eventually(std::function<bool()> const& condition);
/// The worker sleeps while `submit` submits: so it finds all of it at once.
void at_once(odd_model& model, std::function<void()> const& submit);
/// The next `count` answers, by request.
std::map<std::uint64_t, answer> take(odd_model& model, std::size_t count);
/// Makes the model prove itself and its batches grow: rounds of `count` requests of one shape, not all equal.
void grow(odd_model& model, request const& what, int rounds, std::size_t count = 8);
/// The most requests that shared a forward.
std::size_t largest(std::map<std::uint64_t, answer> const& answers);
/// What it has to say; nothing: nothing.
std::optional<std::string> notice_of(int socket);

} // namespace worker_tests
