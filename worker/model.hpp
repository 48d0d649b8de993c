// What is a loaded model, whatever its file's format? The zygote loads one, its instances serve it.
#pragma once
#include "shared/failure.hpp"
#include "shared/messages.hpp"
#include "worker/parameter.hpp"

#include <ATen/core/ivalue.h>
#include <memory>
#include <span>
#include <vector>

namespace pilotlight::worker {

class model
{
public:
  virtual ~model() = default;

  /// forward()'s arguments as they are served.
  virtual std::span<parameter const> parameters() const = 0;
  /// Empties the stack and pushes what comes before the arguments; the caller pushes one value a parameter.
  virtual void begin(std::vector<c10::IValue>& stack) const = 0;
  /// Runs forward() on the stack and gives its value. Throws what LibTorch throws.
  virtual c10::IValue forward(std::vector<c10::IValue>& stack) = 0;

  /// The attributes that forward() writes are as after a fresh load again. Free when nothing has run since.
  virtual void restore() {}
  /// An attribute may keep a view of an input beyond the request.
  virtual bool has_state() const { return false; }
  /// What runs between these two runs on the state of a fresh load and leaves no trace: for a probe among the requests
  /// of a sequence. May throw before anything is changed.
  virtual void set_state_aside() {}
  virtual void take_state_back() {}
  /// In an instance, after its fork: to that device. Throws what LibTorch throws.
  virtual void move_to(std::string const& device) = 0;
};

/// Loads what the order says, on the CPU. Failure: one sentence why this file cannot be served.
result<std::unique_ptr<model>> load(fork_model const& order);

} // namespace pilotlight::worker
