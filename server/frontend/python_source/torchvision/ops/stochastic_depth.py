import torch.nn as nn


# Whole paths are dropped only in training.
def stochastic_depth(input, p, mode, training=True):
    return input


class StochasticDepth(nn.Module):
    def __init__(self, p, mode):
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, input):
        return input
