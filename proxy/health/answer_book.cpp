#include "proxy/health/answer_book.hpp"

#include <algorithm>

namespace pilotlight::health {
namespace {

finding right()
{
  return {check::functional, 100, true, {}};
}

finding wrong(int score, std::string sentence)
{
  return {check::functional, score, true, std::move(sentence)};
}

/// Failures that a model answers with, against those in which it had no say.
bool is_answer(fault kind)
{
  return kind == fault::internal || kind == fault::bad_request || kind == fault::too_large ||
         kind == fault::not_implemented;
}

std::uint64_t size_of_all(std::vector<tensor_value> const& outputs)
{
  auto total = std::uint64_t{0};
  for (auto const& each : outputs)
    total += each.bytes.size();
  return total;
}

} // namespace

answer_book::answer_book(canary asked, std::optional<golden_answer> stored)
    : asked_(std::move(asked)), identity_(identity(asked_))
{
  if (!asked_.golden.empty())
    golden_ = golden_answer{identity_, true, asked_.golden};
  else if (stored && stored->canary == identity_ && !stored->outputs.empty())
    golden_ = std::move(stored);
}

ruling answer_book::take(result<std::vector<tensor_value>> const& answer)
{
  if (!wanted()) return {};
  if (answer) {
    if (!golden_) return record(*answer);
    return {judge(*answer), false, {}, false};
  }
  if (!is_answer(answer.error().kind)) return {};
  if (golden_) return {wrong(0, "the canary failed: " + answer.error().sentence), false, {}, false};
  return give_up("the canary has never been answered: " + answer.error().sentence);
}

ruling answer_book::give_up(std::string why)
{
  asked_.source = canary_source::none;
  asked_.why = std::move(why);
  return {{}, false, {}, true};
}

ruling answer_book::record(std::vector<tensor_value> const& outputs)
{
  if (outputs.empty()) return give_up("the model answers no tensor");
  if (size_of_all(outputs) > largest_canary) return give_up("its answer is too large to keep");
  if (!first_) {
    first_ = outputs;
    return {{}, true, {}, false};
  }
  golden_ = golden_answer{identity_, !compare(*first_, outputs, asked_.within), *first_};
  first_.reset();
  return {judge(outputs), false, golden_, false};
}

finding answer_book::judge(std::vector<tensor_value> const& outputs) const
{
  auto const other =
      golden_->repeatable ? compare(golden_->outputs, outputs, asked_.within) : compare_form(golden_->outputs, outputs);
  if (!other) return right();
  constexpr double best_of_wrong = 50;
  auto const score = static_cast<int>(best_of_wrong * (1 - other->share));
  return wrong(std::min(score, 49), "the canary was answered wrongly: " + other->sentence);
}

} // namespace pilotlight::health
