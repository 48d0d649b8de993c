"""Small TorchScript modules for the worker's tests, each odd in one way. Usage: worker_models.py FOLDER"""

import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import torch


def wild_read():
    """LibTorch does not check the indices of this one."""
    index = torch.full([1, 1], 1 << 40, dtype=torch.int64)
    return torch.ops.aten._sparse_coo_tensor_unsafe(index, torch.ones(1), [4]).to_dense()


class Outputs(torch.nn.Module):
    """Nested, strided, aliased, missing and scalar outputs."""

    def forward(self, x) -> Tuple[torch.Tensor, Tuple[torch.Tensor, torch.Tensor], Optional[torch.Tensor], int]:
        return x.t(), (x, x[:, ::2]), None, x.size(0)


class Named(torch.nn.Module):
    def forward(self, x) -> Dict[str, torch.Tensor]:
        return {"double": x * 2, "half": x / 2}


class Listed(torch.nn.Module):
    def forward(self, x) -> List[torch.Tensor]:
        return [x + 1, x + 2]


class Complex(torch.nn.Module):
    def forward(self, x):
        return torch.complex(x, -x).conj()


class Text(torch.nn.Module):
    def forward(self, x) -> str:
        return "no tensor"


class Scalars(torch.nn.Module):
    def forward(self, x, scale: float, count: int = 2, flip: bool = False, mode: str = "plus", bias: Optional[torch.Tensor] = None):
        y = x * scale * count
        if flip:
            y = -y
        if mode == "minus":
            y = y - 1
        if bias is not None:
            y = y + bias
        return y


class InPlace(torch.nn.Module):
    def forward(self, x):
        x[:, 0].add_(1)
        return x


class Counter(torch.nn.Module):
    """State set anew (calls), written in place (total, in a submodule), and a view of the input that is kept."""

    class Inner(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("total", torch.zeros(1))

        def forward(self, x):
            self.total.add_(x.sum())
            return self.total

    def __init__(self):
        super().__init__()
        self.inner = Counter.Inner()
        self.calls: int = 0
        self.last = torch.zeros(1, 4)
        self.weight = torch.nn.Parameter(torch.ones(4))

    def forward(self, x):
        self.calls += 1
        previous = self.last
        self.last = x[:, :]
        return torch.cat([self.inner(x * self.weight), torch.tensor([float(self.calls)]), previous.reshape(-1)])


class Raises(torch.nn.Module):
    def forward(self, x):
        if bool(x.sum() > 100):
            raise ValueError("the sum of x must be at most 100")
        return x


class Grows(torch.nn.Module):
    def forward(self, x):
        return x.expand(1024 * 1024, 4).contiguous()


class Slow(torch.nn.Module):
    """Works as long as x says, in units of a tenth of a millisecond or so."""

    def forward(self, x):
        y = torch.ones(128, 128)
        for _ in range(int(x.sum())):
            y = torch.tanh(y @ y)
        return x


class Lengthy(torch.nn.Module):
    """Works as long as x is, whatever is in it: a warm-up of zeros is work too."""

    def forward(self, x):
        y = torch.ones(128, 128)
        for _ in range(x.size(0)):
            y = torch.tanh(y @ y)
        return x[:1]


class Hoards(torch.nn.Module):
    """Takes as many MiB of memory as x says."""

    def forward(self, x):
        taken = torch.ones(int(x.sum()), 256 * 1024)
        return x + taken[:1, 0] * 0 if taken.size(0) > 0 else x


@torch.jit.script
class Holder(object):
    def __init__(self, held: torch.Tensor):
        self.held: List[Any] = [held]


class Leaks(torch.nn.Module):
    """Loses as many MiB of memory as x says, for ever: what holds itself is never freed."""

    def forward(self, x):
        holder = Holder(torch.ones(int(x.sum()), 256 * 1024))
        holder.held.append(holder)
        return x


class Pair(NamedTuple):
    double: torch.Tensor
    half: torch.Tensor


class Fields(torch.nn.Module):
    def forward(self, x) -> Pair:
        return Pair(x * 2, x / 2)


class SlowToLoad(torch.nn.Module):
    """Needs a quarter of an hour to be loaded."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(4))
        self.training = False

    @torch.jit.export
    def __getstate__(self):
        return (self.weight, self.training)

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, bool]):
        y = torch.ones(128, 128)
        for _ in range(10000000):
            y = torch.tanh(y @ y)
        self.weight = state[0] + y[0, 0] * 0
        self.training = state[1]

    def forward(self, x):
        return x * self.weight


class Crasher(torch.nn.Module):
    """Reads far outside of its memory, for a large x only."""

    def forward(self, x):
        if bool(x.sum() > 100):
            return wild_read()
        return x


class DiesOnSeven(torch.nn.Module):
    """Reads far outside of its memory where there are seven rows, even of zeros."""

    def forward(self, x):
        if x.size(0) == 7:
            return wild_read()
        return x


class DiesOnLoad(torch.nn.Module):
    """Does so while it is loaded."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(4))
        self.training = False

    @torch.jit.export
    def __getstate__(self):
        return (self.weight, self.training)

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, bool]):
        self.weight = state[0] + wild_read()
        self.training = state[1]

    def forward(self, x):
        return x * self.weight


class Types(torch.nn.Module):
    def forward(self, x):
        return x.clone()


class Rows(torch.nn.Module):
    """What batching is for: each row by itself."""

    def forward(self, x):
        return x * 2


class Columns(torch.nn.Module):
    """Its batch lies along the second dimension; of the second output, along the first."""

    def forward(self, x):
        return x, x.sum(0)


class Sums(torch.nn.Module):
    """No batch dimension in what comes out."""

    def forward(self, x):
        return x.sum().reshape(1)


class Centers(torch.nn.Module):
    """As many rows as go in, but they look at each other."""

    def forward(self, x):
        return x - x.mean(0)


class OneRow(torch.nn.Module):
    def forward(self, x):
        if x.size(0) != 1:
            raise ValueError("one row only")
        return x


class Unservable(torch.nn.Module):
    def forward(self, x, pair: Tuple[int, int]):
        return x + pair[0]


class NoForward(torch.nn.Module):
    @torch.jit.export
    def other(self, x):
        return x


MODULES = {
    "outputs": Outputs,
    "named": Named,
    "listed": Listed,
    "complex": Complex,
    "text": Text,
    "scalars": Scalars,
    "in_place": InPlace,
    "counter": Counter,
    "raises": Raises,
    "grows": Grows,
    "slow": Slow,
    "lengthy": Lengthy,
    "hoards": Hoards,
    "leaks": Leaks,
    "fields": Fields,
    "slow_to_load": SlowToLoad,
    "crasher": Crasher,
    "dies_on_seven": DiesOnSeven,
    "dies_on_load": DiesOnLoad,
    "types": Types,
    "rows": Rows,
    "columns": Columns,
    "sums": Sums,
    "centers": Centers,
    "one_row": OneRow,
    "unservable": Unservable,
    "no_forward": NoForward,
}


def main(folder: Path) -> None:
    for name, module in MODULES.items():
        torch.jit.script(module().eval()).save(str(folder / f"{name}.pt"))
    torch.save({"weight": torch.ones(2)}, folder / "checkpoint.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
