// How do all models of a node rest together, at one price of a wait for all and on one shared zygote? Pure.
#pragma once
#include "proxy/predict/account.hpp"
#include "proxy/predict/company.hpp"

#include <array>
#include <memory>
#include <utility>

namespace pilotlight::predict {

/// The accounts of all models of a node in one. Judged together, warmth goes where it avoids most: the rarely called
/// model gives what the often called one uses better, and in sum neither waits nor memory are more than the plain
/// delay's. Weighed by each model's memory. Shared by predictors of one thread.
class fleet
{
public:
  /// One gap of one model: what each price would have made of it, the plain delay, and what was lived. `ventured`: by a
  /// price.
  void add(balance const& plain, std::array<balance, prices> const& hazard, balance const& lived, bool ventured);
  /// The price for all; 0: too little is known, or the plain delay is as good.
  double price(aim what, double delay);
  bool known() const; ///< enough gaps to go by
  bool owes(aim what) const { return owes_waits(sums_, what); }
  company& zygote() { return zygote_; }

private:
  company zygote_;
  accounts sums_;
  double price_ = 0;
  unsigned since_ = 0; ///< gaps since price_ was chosen
};

/// A predictor's place in a fleet, left when it ends.
class membership
{
public:
  membership() = default;
  explicit membership(std::shared_ptr<fleet> all) : all_(std::move(all)), number_(all_->zygote().join()) {}
  membership(membership&& other) noexcept : all_(std::move(other.all_)), number_(other.number_) {}
  membership& operator=(membership&& other) noexcept
  {
    std::swap(all_, other.all_);
    std::swap(number_, other.number_);
    return *this;
  }
  ~membership()
  {
    if (all_) all_->zygote().leave(number_);
  }
  explicit operator bool() const { return all_ != nullptr; }
  fleet* operator->() const { return all_.get(); }

  // Of the shared zygote; alone, nobody else keeps it.
  void keeps(double now, double until) const
  {
    if (all_) all_->zygote().keeps(number_, now, until);
  }
  bool others_keep(double now) const { return all_ && all_->zygote().others_keep(number_, now); }
  double alone(double from, double to) const { return all_ ? all_->zygote().alone(number_, from, to) : to - from; }

private:
  std::shared_ptr<fleet> all_;
  company::member number_ = 0;
};

} // namespace pilotlight::predict
