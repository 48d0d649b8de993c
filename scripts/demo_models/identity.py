"""Gives back what it gets, as a new tensor: for measuring how large bodies travel."""

from pathlib import Path

import torch

from .repository import Case, Model


class Identity(torch.nn.Module):
    def forward(self, x):
        return x.clone()


class IdentityModel(Model):
    name = "identity"
    file = "model.pt"
    toml = """\
# Gives back what it gets.
[[inputs]]
name = "x"
datatype = "FP32"
shape = [-1, -1]

[[outputs]]
name = "y"
datatype = "FP32"
shape = [-1, -1]
"""

    def build(self, path: Path) -> list[Case]:
        module = torch.jit.freeze(torch.jit.script(Identity().eval()))
        module.save(str(path))
        torch.manual_seed(2)
        batches = torch.randn(1, 1), torch.randn(3, 5), torch.randn(64, 256), torch.zeros(0, 4)
        return [Case(f"shape {list(x.shape)}", {"x": x}, {"y": module(x)}) for x in batches]
