"""A small network."""
import torch
from torch import nn
import torch.nn.functional as F


class Block(nn.Module):
    expansion: int = 4

    def __init__(self, width, *, stride=1, norm=None):
        super().__init__()
        self.conv = nn.Conv2d(width, width * self.expansion, kernel_size=(3, 3), stride=stride, bias=False)
        self.norm = norm(width) if norm is not None else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.norm(self.conv(x)), inplace=True)
        return x + y[:, ::2, ..., None]


def build(widths=(8, 16, 32), **options):
    layers = [Block(w, **options) for w in widths if w > 0]
    return nn.Sequential(*layers)
