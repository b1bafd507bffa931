#!/usr/bin/env python3
"""Makes the small TorchScript files that tests/frontend reads, with real PyTorch.

Run with a Python that has torch (the test set-up makes one in .deps/venv):

    python tests/data/make_frontend_models.py

Files are written to tests/data/frontend/ and committed: the tests themselves need no Python. Each comes with what PyTorch
answers to its input, in one file beside it (NAME.expected.pt, a state_dict of "input" and "output").
"""

import collections
import pathlib
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor, nn

OUT = pathlib.Path(__file__).parent / "frontend"


class TrainingMode(nn.Module):
    """Dropout and BatchNorm, saved in training mode: served in eval mode all the same."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.norm = nn.BatchNorm1d(8)
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.drop(self.norm(torch.relu(self.fc(x)))))


class Digits(nn.Module):
    """A small convolution net with a fixed input size."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4 * 4 * 4, 10)

    def forward(self, image):
        x = torch.max_pool2d(torch.relu(self.norm(self.conv(image))), 2)
        return torch.log_softmax(self.fc(torch.flatten(x, 1)), dim=1)


class Tied(nn.Module):
    """Two names for one weight."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 5)
        self.head = nn.Linear(5, 7, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        return self.head(self.embed(tokens))


class Pair(NamedTuple):
    total: Tensor
    scaled: Tensor


class Outputs(nn.Module):
    """Named tuple, dict and tuple outputs from three exported methods."""

    def forward(self, x) -> Pair:
        return Pair(x.sum(), x * 2)

    @torch.jit.export
    def as_dict(self, x) -> Dict[str, Tensor]:
        return {"low": x.min(), "high": x.max()}

    @torch.jit.export
    def as_tuple(self, x, scale: float = 3.0) -> Tuple[Tensor, Tensor]:
        return x * scale, x + 1


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, batch_first=True)
        self.out = nn.Linear(5, 2)

    def forward(self, x):
        y, _ = self.lstm(x)
        return self.out(y)


class Counter(nn.Module):
    """Optional state that begins as None, a list and a buffer, all written by forward."""

    seen: Optional[Tensor]
    history: List[Tensor]

    def __init__(self):
        super().__init__()
        self.seen = None
        self.history = [torch.zeros(1)]
        self.register_buffer("total", torch.zeros(1))
        self.register_buffer("weight", torch.ones(4, 4))

    def forward(self, x):
        self.total += x.sum()
        self.history.append(x.sum().reshape(1))
        seen = self.seen
        if seen is None:
            self.seen = x.sum()
        else:
            self.seen = seen + x.sum()
        return self.total + len(self.history) + (x @ self.weight).sum()


CAPTURED = torch.zeros(4)


class WritesConstant(nn.Module):
    """A trace that writes a tensor it captured: a constant of the code."""

    def forward(self, x):
        CAPTURED.add_(x.sum(0))
        return CAPTURED * 1


class Forked(nn.Module):
    """State written by a task of its own."""

    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.zeros(4))

    @torch.jit.export
    def _add(self, x):
        self.total.add_(x.sum(0))
        return self.total * 1

    def forward(self, x):
        return torch.jit.wait(torch.jit.fork(self._add, x))


@torch.jit.script
class Cache:
    def __init__(self):
        self.total = torch.zeros(4)

    def add(self, x: Tensor) -> Tensor:
        self.total = self.total + x.sum(0)
        return self.total


class HoldsObject(nn.Module):
    """State within an object of a script class."""

    def __init__(self):
        super().__init__()
        self.cache = Cache()

    def forward(self, x):
        return self.cache.add(x) * 1


class Quantized(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(x)


def put_stateful(name, module, example):
    """The answer is that of a freshly loaded module."""
    torch.jit.save(module, OUT / f"{name}.pt")
    output = torch.jit.load(OUT / f"{name}.pt")(example.clone())
    expected = collections.OrderedDict(input=example, output=output.detach())
    torch.save(expected, OUT / f"{name}.expected.pt")


def put(name, module, example, training=False):
    module.eval()
    with torch.no_grad():
        output = module(example.clone())
    module.train(training)
    torch.jit.save(module, OUT / f"{name}.pt")
    if torch.is_tensor(output):
        expected = collections.OrderedDict(input=example, output=output.contiguous())
        torch.save(expected, OUT / f"{name}.expected.pt")


def main():
    torch.manual_seed(7)
    OUT.mkdir(exist_ok=True)
    x = torch.randn(2, 4)
    put("training_mode", torch.jit.script(TrainingMode()), x, training=True)
    digits = Digits().eval()
    image = torch.randn(2, 1, 8, 8)
    put("digits_scripted", torch.jit.script(digits), image)
    put("digits_traced", torch.jit.trace(digits, image), image)
    torch.save(digits.state_dict(), OUT / "digits_state_dict.pt")
    with torch.no_grad():
        other = Digits().eval()
    torch.save(other.state_dict(), OUT / "digits_other_state_dict.pt")
    expected = collections.OrderedDict(input=image, output=other(image).detach())
    torch.save(expected, OUT / "digits_other.expected.pt")
    put("digits_frozen", torch.jit.freeze(torch.jit.script(digits)), image)
    put("tied", torch.jit.script(Tied()), torch.tensor([[1, 2, 3]]))
    put("outputs", torch.jit.script(Outputs()), x)
    put("lstm", torch.jit.script(Lstm()), torch.randn(2, 6, 3))
    put_stateful("counter", torch.jit.script(Counter()), x)
    put_stateful("writes_constant", torch.jit.trace(WritesConstant(), x, check_trace=False), x)
    put_stateful("forked", torch.jit.script(Forked()), x)
    put_stateful("holds_object", torch.jit.script(HoldsObject()), x)
    quantized = torch.ao.quantization.quantize_dynamic(Quantized().eval(), {nn.Linear})
    put("quantized", torch.jit.script(quantized), x)
    whole = collections.OrderedDict(epoch=3, model_state_dict=digits.state_dict())
    torch.save(whole, OUT / "checkpoint.pt")


if __name__ == "__main__":
    main()
