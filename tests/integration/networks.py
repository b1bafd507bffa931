"""Small PyTorch modules that the suites serve."""

import torch
from torch import Tensor, nn


def script(module, path):
    """Saves `module` as a scripted archive in eval mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.jit.script(module.eval()).save(str(path))
    return path


class Constant(nn.Module):
    """Answers its own number in every element of three outputs."""

    def __init__(self, number: int):
        super().__init__()
        self.register_buffer("number", torch.full((1,), float(number)))

    def forward(self, x):
        return x * 0 + self.number, (x * 0 + self.number) * 1.0, self.number + x.sum() * 0


class Busy(nn.Module):
    """Multiplies matrices `rounds` times: as slow as one likes."""

    def forward(self, x: Tensor, rounds: int):
        y = x
        for _ in range(rounds):
            y = torch.tanh(torch.mm(y, x))
        return y


class Moody(nn.Module):
    """Differs between training and eval mode in every element."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(8)
        self.linear = nn.Linear(8, 8)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        return self.dropout(self.linear(self.norm(x)))


class Counter(nn.Module):
    """Writes a buffer in place and an attribute: state that must not reach the next caller."""

    calls: int

    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.zeros(4))
        self.calls = 0

    def forward(self, x):
        self.total.add_(x)
        self.calls += 1
        return self.total, self.calls


class Buffered(nn.Module):
    """Gives out a buffer, and its own input."""

    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.arange(4, dtype=torch.float32))

    def forward(self, x):
        return self.kept, x


class Writer(nn.Module):
    """Writes its input in place."""

    def forward(self, x):
        x.add_(1)
        return x


class Methods(nn.Module):
    """Has a second exported method."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 2)

    def forward(self, x):
        return self.linear(x)

    @torch.jit.export
    def embed(self, x, scale: float = 2.0):
        return self.linear(x) * scale


class Picky(nn.Module):
    """Throws on some inputs."""

    def forward(self, x):
        if bool(x.sum() < 0):
            raise ValueError("only positive sums are welcome")
        return x
