// A connection's hold on its request: from admission to the answer, given up when this goes. A request that a worker
// has already got stays pinned behind it; everything else is undone.
#pragma once
#include "proxy/pool/pending.hpp"

namespace pilotlight::pool {

class ticket
{
public:
  ticket() = default;
  explicit ticket(pending& request) : request_(&request) {}
  ticket(ticket&& other) noexcept : request_(std::exchange(other.request_, nullptr)) {}
  ticket& operator=(ticket&& other) noexcept
  {
    give_up();
    request_ = std::exchange(other.request_, nullptr);
    return *this;
  }
  ~ticket() { give_up(); }

  explicit operator bool() const { return request_ != nullptr; }
  pending* operator->() const { return request_; }
  pending& operator*() const { return *request_; }
  void give_up();

private:
  pending* request_ = nullptr;
};

} // namespace pilotlight::pool
