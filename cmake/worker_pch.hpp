// Precompiled for the worker: LibTorch's headers cost half a minute per translation unit otherwise.
#pragma once
#include <torch/script.h>
#include <torch/torch.h>
