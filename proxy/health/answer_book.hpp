// Is what a canary answered right? The functional check: records the golden answer at first load, compares later ones.
// Pure; one per load of a model.
#pragma once
#include "proxy/health/canary.hpp"
#include "proxy/health/check.hpp"
#include "shared/failure.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pilotlight::health {

struct golden_answer
{
  std::uint64_t canary = 0; ///< identity() of what was asked
  bool repeatable = true;   ///< false: two answers in a row differed (the model draws at random): only names, types and
                            ///< shapes are compared
  std::vector<tensor_value> outputs{};
  bool operator==(golden_answer const&) const = default;
};

/// What follows from one answer.
struct ruling
{
  std::optional<finding> found{}; ///< nothing: the answer says nothing of the instance (yet)
  bool ask_again = false;         ///< the first answer of a recording: the same canary once more, now, same instance
  std::optional<golden_answer> record{}; ///< to be stored for the next load (golden_file.hpp)
  bool given_up = false; ///< no canary any more for this load, answer_book::why_not says why: worth an alert
};

class answer_book
{
public:
  /// `stored` is what was found on the disk; one of another canary is ignored, and so recorded anew. A canary that
  /// brings its own golden answer uses that.
  answer_book(canary asked, std::optional<golden_answer> stored);

  /// There is a canary, and it is worth asking. False: `why_not` says why.
  bool wanted() const { return asked_.source != canary_source::none; }
  std::string const& why_not() const { return asked_.why; }
  canary const& asked() const { return asked_; }
  /// A golden answer is there.
  bool recorded() const { return golden_.has_value(); }
  bool repeatable() const { return golden_ && golden_->repeatable; }

  /// The answer to the canary: its outputs, or how the model failed. An answer that never came (its worker died, or the
  /// request ended by time-out) is none: that is the basic check's business. Findings are certain. A right answer
  /// scores 100; values that differ 50 less 50 times their share (so at most 49); another form, or a failure, 0. A
  /// canary that the model refuses before there is any golden answer is given up for this load: nothing tells whether
  /// the model is wrong or what it is asked.
  ruling take(result<std::vector<tensor_value>> const& answer);

private:
  ruling give_up(std::string why);
  ruling record(std::vector<tensor_value> const& outputs);
  finding judge(std::vector<tensor_value> const& outputs) const;

  canary asked_;
  std::uint64_t identity_ = 0;
  std::optional<golden_answer> golden_;
  std::optional<std::vector<tensor_value>> first_; ///< of a recording
};

} // namespace pilotlight::health
