"""Classes of the models that test_whole_models.py pickles; the file itself is what the daemon gets as their source."""

import argparse
import enum
import functools

import torch
import torch.nn as nn
import torch.nn.functional as F


class Kind(enum.Enum):
    SUM = 1
    MEAN = 2


def scaled(x, factor=1.0):
    return x * factor


def doubled(module, inputs, output):
    return output * 2 + inputs[0].sum()


class Block(nn.Module):
    def __init__(self, width, activation=F.relu):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.activation = activation

    def forward(self, x):
        return x + self.activation(self.fc(x))


class Net(nn.Module):
    """What __init__ was given is nowhere but in the file."""

    def __init__(self, width=8, depth=2, kind=Kind.SUM, options=None, last=None):
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, F.relu if i % 2 else torch.tanh) for i in range(depth))
        self.head = nn.Linear(width, 3)
        self.kind = kind
        self.options = options or argparse.Namespace(norm=True, scale=0.5)
        self.last = last or functools.partial(scaled, factor=2.0)
        self.names = {"x": [1, 2, (3.5, None)], "dtype": torch.float32, "device": torch.device("cpu")}
        self.offset = torch.arange(3.0)
        self.register_buffer("mask", torch.ones(3) * 2, persistent=False)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        if self.options.norm:
            x = F.normalize(x, dim=-1) * self.options.scale
        x = self.last(self.head(x) + self.offset.to(self.names["dtype"])) * self.mask
        return x.sum(-1) if self.kind is Kind.SUM else x.mean(-1)


class Tied(nn.Module):
    """One layer in two places, one tensor under two names."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.again = self.first
        self.table = nn.Embedding(5, 4)
        self.out = nn.Linear(4, 5, bias=False)
        self.out.weight = self.table.weight

    def forward(self, x):
        return self.out(self.again(torch.relu(self.first(x))))


class Renewed(nn.Module):
    """Files of older versions lack what newer code needs."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def __setstate__(self, state):
        super().__setstate__(state)
        if not hasattr(self, "gain"):
            self.gain = 3.0

    def forward(self, x):
        return self.fc(x) * self.gain
