"""Classes whose arguments are in the checkpoints of test_hyper_parameters.py; the daemon gets this file as their source."""

import argparse
from dataclasses import dataclass

import torch
import torch.nn as nn


class Stack(nn.Module):
    def __init__(self, width, depth=1, act="sigmoid"):
        super().__init__()
        self.layers = nn.Sequential(*(nn.Linear(width, width) for _ in range(depth)))
        self.act = getattr(torch, act)

    def forward(self, x):
        return self.act(self.layers(x))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(6, 6, bias=False)
        self.head = nn.Linear(6, 6)
        self.head.weight = self.body.weight

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))


@dataclass
class Config:
    width: int = 2
    depth: int = 1
    scale: float = 0.5


class Configured(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.scale = config.scale
        self.configured = Stack(config.width, config.depth)

    def forward(self, x):
        return self.configured(x) * self.scale


class Annotated(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        assert isinstance(config, Config)
        self.annotated = Configured(config)

    def forward(self, x):
        return self.annotated(x)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int)
    model = Stack(parser.parse_args().width)
