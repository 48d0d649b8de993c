#include "tests/process/worker_batching.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <thread>

namespace worker_tests {

using namespace pilotlight;
using namespace std::chrono_literals;

namespace {

/// Another one of the same shape.
request unlike(request what)
{
  auto& first = what.inputs.at(0);
  auto values = as_floats(first);
  values.at(0) += 1;
  first = floats(first.name, first.shape, values);
  return what;
}

} // namespace

bool eventually(std::function<bool()> const& condition)
{
  for (auto const end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

fork_model batched(fork_model order, int max_size, std::chrono::microseconds delay)
{
  order.batch.max_size = max_size;
  order.batch.delay_max_us = delay.count();
  return order;
}

fork_model batched(std::string const& name, int max_size, std::chrono::microseconds delay)
{
  return batched(odd_order(name), max_size, delay);
}

request with(named_tensor input)
{
  return {{std::move(input)}, {}};
}

void at_once(odd_model& model, std::function<void()> const& submit)
{
  auto const pid = model.instance.process().pid();
  REQUIRE(eventually([&] { return model.instance.header().worker_sleeps.load() == 1; }));
  ::kill(pid, SIGSTOP);
  submit();
  ::kill(pid, SIGCONT);
}

std::map<std::uint64_t, answer> take(odd_model& model, std::size_t count)
{
  auto answers = std::map<std::uint64_t, answer>();
  for (std::size_t i = 0; i < count; ++i) {
    auto got = model.instance.wait();
    REQUIRE(got);
    auto const id = got->raw.request;
    answers.emplace(id, std::move(*got));
  }
  REQUIRE(answers.size() == count);
  return answers;
}

void grow(odd_model& model, request const& what, int rounds, std::size_t count)
{
  auto const other = unlike(what);
  for (auto round = 0; round < rounds; ++round) {
    at_once(model, [&] {
      for (std::size_t i = 0; i < count; ++i)
        i % 2 ? model.instance.submit(other, 13) : model.instance.submit(what, 14);
    });
    (void)take(model, count);
  }
}

request usual_row()
{
  return with(floats("x", {1, 4}, {1, 2, 3, 4}));
}

std::size_t largest(std::map<std::uint64_t, answer> const& answers)
{
  auto most = std::size_t{0};
  for (auto const& [id, got] : answers)
    most = std::max<std::size_t>(most, got.raw.batch_size);
  return most;
}

std::optional<std::string> notice_of(int socket)
{
  auto const said = expect<notice>(socket);
  return said ? std::optional(said->text) : std::nullopt;
}

} // namespace worker_tests
