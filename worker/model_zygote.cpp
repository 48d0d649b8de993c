#include "worker/model_zygote.hpp"

#include "worker/clock.hpp"
#include "worker/instance.hpp"
#include "worker/lineage.hpp"
#include "worker/model.hpp"
#include "worker/packets.hpp"
#include "worker/warmup.hpp"

#include <c10/core/InferenceMode.h>
#include <unistd.h>

namespace pilotlight::worker {
namespace {

/// How long nobody must have asked for an instance before the zygote warms itself: a first request computes meanwhile.
constexpr auto quiet_ms = 50;

class model_zygote
{
public:
  model_zygote(fork_model const& order, int control, family& tree, model& served)
      : order_(order), control_(control), tree_(tree), served_(served)
  {
    warmups_left_ = order.warmup && order.device == "cpu" ? 2 * order.warmups.size() : 0;
  }

  [[noreturn]] void run()
  {
    if (warmups_left_ == 0) say(control_, warmed{0, ""});
    // Those that were asked for while the model was loading come before anything else.
    for (;;) {
      if (warmups_left_ != 0 && !readable(control_, quiet_ms)) {
        warm_all();
        continue;
      }
      auto received = next_packet(control_);
      if (auto const* order = std::get_if<fork_instance>(&received.body); order && received.fds.size() == 1)
        fork_one(*order, std::move(received.fds[0]));
    }
  }

private:
  void fork_one(fork_instance const& order, unique_fd socket)
  {
    auto const side = fork_for(tree_.proxy, socket.get());
    if (!side) {
      refuse(socket.get(), side.error().sentence);
      return;
    }
    if (*side == fork_side::child) run_instance(order_, order, std::move(socket), tree_, served_);
  }

  /// Stops where it is as soon as somebody asks for an instance.
  void warm_all()
  {
    auto const start = monotonic_ns();
    auto error = std::string();
    while (warmups_left_ != 0 && error.empty()) {
      error = warm(served_, order_.warmups[(2 * order_.warmups.size() - warmups_left_) / 2]);
      --warmups_left_;
      if (warmups_left_ != 0 && readable(control_, 0)) return;
    }
    warmups_left_ = 0;
    // A model that starts threads on its first forward() must be forked unwarmed.
    if (auto const fit = fit_to_fork(); !fit) {
      say(control_, failed{"after its warm-up the model zygote is " + fit.error().sentence});
      ::_exit(1);
    }
    say(control_, warmed{milliseconds_since(start), error});
  }

  fork_model const& order_;
  int control_;
  family& tree_;
  model& served_;
  std::size_t warmups_left_;
};

/// Rows of one batch would see each other's state, or that of the batch before.
void refuse_to_batch_state(fork_model& order, model const& served, int control)
{
  if (order.batch.max_size <= 1 || (order.restore_state && !served.has_state())) return;
  order.batch.max_size = 1;
  say(control, notice{"batching.max_batch_size has no effect: this model is stateful, and stateful models are never "
                      "batched"});
}

} // namespace

void run_model_zygote(fork_model const& given, unique_fd control, family& tree)
{
  auto order = given;
  tree.title.set("model zygote " + order.key);
  say(control.get(), hello{::getpid()});
  auto const start = monotonic_ns();
  auto const guard = c10::InferenceMode();
  auto const loaded = load(order);
  if (!loaded) {
    say(control.get(), failed{loaded.error().sentence});
    ::_exit(1);
  }
  auto names = std::vector<std::string>();
  for (auto const& each : (*loaded)->parameters())
    if (each.kind == parameter_kind::tensor) names.push_back(each.name);
  say(control.get(), ready{milliseconds_since(start), names});
  refuse_to_batch_state(order, **loaded, control.get());
  model_zygote(order, control.get(), tree, **loaded).run();
}

} // namespace pilotlight::worker
