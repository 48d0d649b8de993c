// The modules of worker_models.py, each served by a tree of its own. Scripts them once a run, with the tree's Python.
#pragma once
#include "tests/process/worker_driver.hpp"

namespace worker_tests {

/// The file of that module; scripted on first use into a folder that is removed at exit.
std::string odd_file(std::string const& name);
pilotlight::fork_model odd_order(std::string const& name);

/// Zygote, model zygote and one instance, ready.
struct odd_model
{
  explicit odd_model(std::string const& name) : odd_model(odd_order(name)) {}
  explicit odd_model(pilotlight::fork_model const& order, std::size_t arena = 1 << 20);

  child_process zygote;
  child_process model;
  instance_channel instance;
};

/// The reason that the model zygote gives for not loading that.
std::string reason_for(pilotlight::fork_model const& order);

} // namespace worker_tests
