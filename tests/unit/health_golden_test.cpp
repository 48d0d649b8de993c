#include "proxy/health/golden_file.hpp"
#include "proxy/health/golden_format.hpp"
#include "tests/unit/show_result.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

using namespace pilotlight;
using namespace pilotlight::health;

namespace {

std::string const sum(32, 'a');

tensor_value floats(std::vector<double> const& values)
{
  auto made = tensor_value{"y", datatype::fp32, {static_cast<std::int64_t>(values.size())}, {}};
  for (auto const value : values)
    append_value(made.bytes, datatype::fp32, value);
  return made;
}

golden_answer some_answer()
{
  return {42,
          true,
          {floats({1, 2, 3}), {"empty", datatype::int8, {0, 3}, {}}, {"s", datatype::boolean, {}, {std::byte{1}}}}};
}

canary some_canary(canary_source source = canary_source::configured)
{
  auto one = canary();
  one.source = source;
  one.inputs = {floats({0.5})};
  return one;
}

/// A file of that body, as somebody would write it who knows the format.
std::string sealed(std::string const& body)
{
  auto hash = std::uint64_t{0xcbf29ce484222325};
  for (unsigned char const c : body)
    hash = (hash ^ c) * 0x100000001b3;
  auto text = std::string("PLGOLD1\n");
  text.append(reinterpret_cast<char const*>(&hash), sizeof hash);
  return text + body;
}

using answer = result<std::vector<tensor_value>>;
answer good(double value = 1)
{
  return std::vector{floats({value, 2})};
}

} // namespace

TEST_CASE("golden file: what is stored is loaded, and nothing is left beside it")
{
  auto const folder = temporary_folder();
  CHECK_FALSE(load_golden(folder.path(), sum).answer);
  CHECK(load_golden(folder.path(), sum).problem.empty());
  REQUIRE(store_golden(folder.path(), sum, some_answer()));
  auto const loaded = load_golden(folder.path(), sum);
  CHECK(loaded.problem.empty());
  REQUIRE(loaded.answer);
  CHECK(*loaded.answer == some_answer());
  auto other = some_answer();
  other.repeatable = false;
  REQUIRE(store_golden(folder.path(), sum, other)); // replaces
  CHECK(*load_golden(folder.path(), sum).answer == other);
  auto files = 0;
  for (auto const& each : std::filesystem::directory_iterator(folder.path() / "golden"))
    files += each.is_regular_file() ? 1 : 0;
  CHECK(files == 1);
  forget_golden(folder.path(), sum);
  CHECK_FALSE(load_golden(folder.path(), sum).answer);
}

TEST_CASE("golden file: a cut off, damaged or hostile one is told and recorded anew")
{
  auto const text = encode_golden(some_answer());
  REQUIRE(decode_golden(text));
  for (std::size_t length = 0; length < text.size(); ++length)
    CHECK_FALSE(decode_golden(std::string_view(text).substr(0, length)));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    CHECK_FALSE(decode_golden(damaged));
  }
  CHECK_FALSE(decode_golden(text + "x"));
  auto const folder = temporary_folder();
  folder.write("golden/" + sum, text.substr(0, 40));
  auto const loaded = load_golden(folder.path(), sum);
  CHECK_FALSE(loaded.answer);
  CHECK(loaded.problem ==
        (folder.path() / "golden" / sum).string() + ": it is damaged or cut off; the golden answer is recorded anew");
}

TEST_CASE("golden file: property: a right checksum over nonsense is refused without harm")
{
  auto const text = encode_golden(some_answer());
  auto random = std::mt19937_64(9);
  auto accepted = 0;
  for (int run = 0; run < 20'000; ++run) {
    auto body = text.substr(16);
    for (auto changes = 1 + random() % 4; changes > 0; --changes)
      body[random() % body.size()] = static_cast<char>(random());
    if (random() % 4 == 0) body.resize(random() % body.size());
    auto const decoded = decode_golden(sealed(body));
    if (!decoded) continue;
    ++accepted;
    for (auto const& each : decoded->outputs)
      CHECK(byte_count(each.type, each.shape) == each.bytes.size());
  }
  CHECK(accepted > 0); // only values were changed
  CHECK(decode_golden(sealed(text.substr(16))));
  CHECK(decode_golden(sealed(text.substr(16) + "x")).error().sentence == "it is longer than its tensors");
}

TEST_CASE("golden file: names that are no checksum, links and folders do no harm")
{
  auto const folder = temporary_folder();
  CHECK_FALSE(store_golden(folder.path(), "../../etc/passwd", some_answer()));
  CHECK_FALSE(load_golden(folder.path(), "..").answer);
  CHECK(load_golden(folder.path(), "..").problem.empty());
  std::filesystem::create_directories(folder.path() / "golden" / sum);
  CHECK_FALSE(load_golden(folder.path(), sum).problem.empty());
  CHECK_FALSE(store_golden(folder.path(), sum, some_answer()));
  auto const blocked = folder.write("file", "");
  CHECK_FALSE(store_golden(blocked, sum, some_answer()));
}

TEST_CASE("golden file: what no model uses any more goes, when it is old")
{
  auto const folder = temporary_folder();
  auto const used = std::vector{sum};
  folder.write("golden/" + sum, "");
  folder.write("golden/" + std::string(32, 'b'), "");
  folder.write("golden/" + std::string(32, 'b') + ".4711", "");
  folder.write("golden/README", "");
  CHECK(remove_unused_golden(folder.path(), used) == 0);
  CHECK(remove_unused_golden(folder.path(), used, std::chrono::hours(0)) == 2);
  CHECK(std::filesystem::exists(folder.path() / "golden" / sum));
  CHECK(std::filesystem::exists(folder.path() / "golden" / "README"));
  CHECK(remove_unused_golden(folder.path() / "none", used) == 0);
}

TEST_CASE("answer book: two answers that agree are recorded, later ones are compared with them")
{
  auto book = answer_book(some_canary(), std::nullopt);
  CHECK(book.wanted());
  CHECK_FALSE(book.recorded());
  auto step = book.take(good());
  CHECK(step.ask_again);
  CHECK_FALSE(step.found);
  CHECK_FALSE(step.record);
  step = book.take(good());
  CHECK_FALSE(step.ask_again);
  REQUIRE(step.record);
  CHECK(step.record->repeatable);
  CHECK(step.record->outputs == *good());
  REQUIRE(step.found);
  CHECK(step.found->score == 100);

  step = book.take(good(1.0005));
  CHECK(step.found->score == 100);
  step = book.take(good(7));
  REQUIRE(step.found);
  CHECK(step.found->score == 25);
  CHECK(step.found->certain);
  CHECK(step.found->sentence ==
        "the canary was answered wrongly: output \"y\" [0] is 7, golden is 1; 1 of 2 values differ");
  CHECK_FALSE(step.record);
}

TEST_CASE("answer book: a model that draws at random is held to its form only")
{
  auto book = answer_book(some_canary(), std::nullopt);
  book.take(good(1));
  auto const step = book.take(good(2));
  REQUIRE(step.record);
  CHECK_FALSE(step.record->repeatable);
  CHECK(book.take(good(3)).found->score == 100);
  CHECK(book.take(answer(std::vector{floats({1, 2, 3})})).found->score == 0);
  auto later = answer_book(some_canary(), step.record); // the next load knows it
  CHECK(later.take(good(4)).found->score == 100);
}

TEST_CASE("answer book: a stored answer holds for the same canary only")
{
  auto const stored = golden_answer{identity(some_canary()), true, *good()};
  auto book = answer_book(some_canary(), stored);
  CHECK(book.recorded());
  CHECK(book.take(good(5)).found->score == 25);
  auto other = some_canary();
  other.inputs[0].name = "z";
  CHECK_FALSE(answer_book(other, stored).recorded());
}

TEST_CASE("answer book: a golden answer from model.toml comes before a stored one")
{
  auto one = some_canary();
  one.golden = *good(5);
  auto book = answer_book(one, golden_answer{identity(one), true, *good(1)});
  CHECK(book.take(good(5)).found->score == 100);
  CHECK(book.take(good(1)).found->score == 25);
}

TEST_CASE("answer book: a failure is wrong where it was right before, else the canary is given up")
{
  auto const refuses = answer(failure{fault::internal, "Expected size 4 but got size 1"});
  auto known = answer_book(some_canary(), golden_answer{identity(some_canary()), true, *good()});
  auto step = known.take(refuses);
  REQUIRE(step.found);
  CHECK(step.found->score == 0);
  CHECK(step.found->sentence == "the canary failed: Expected size 4 but got size 1");
  CHECK(known.wanted());

  auto fresh = answer_book(some_canary(), std::nullopt);
  step = fresh.take(refuses);
  CHECK(step.given_up);
  CHECK_FALSE(step.found);
  CHECK_FALSE(fresh.wanted());
  CHECK(fresh.why_not() == "the canary has never been answered: Expected size 4 but got size 1");
  CHECK_FALSE(fresh.take(good()).found);
  auto silent = answer_book(some_canary(), std::nullopt);
  CHECK(silent.take(answer(std::vector<tensor_value>())).given_up);
}

TEST_CASE("answer book: an answer that never came says nothing of its content")
{
  for (auto const kind : {fault::timed_out, fault::unavailable, fault::cancelled}) {
    auto known = answer_book(some_canary(), golden_answer{identity(some_canary()), true, *good()});
    auto const step = known.take(answer(failure{kind, "gone"}));
    CHECK_FALSE(step.found);
    CHECK_FALSE(step.given_up);
    CHECK(known.wanted());
  }
}
