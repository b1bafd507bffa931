"""Activations. inplace=True uses the in-place operators: what else reads the same tensor sees the change."""

import torch


def relu(input, inplace=False):
    return torch.relu_(input) if inplace else torch.relu(input)


def relu_(input):
    return torch.relu_(input)


def relu6(input, inplace=False):
    return torch.ops.aten.relu6_(input) if inplace else torch.ops.aten.relu6(input)


def threshold(input, threshold, value, inplace=False):
    return torch.threshold_(input, threshold, value) if inplace else torch.threshold(input, threshold, value)


def threshold_(input, threshold, value):
    return torch.threshold_(input, threshold, value)


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if inplace:
        return torch.ops.aten.hardtanh_(input, min_val, max_val)
    return torch.ops.aten.hardtanh(input, min_val, max_val)


def hardtanh_(input, min_val=-1.0, max_val=1.0):
    return hardtanh(input, min_val, max_val, True)


def elu(input, alpha=1.0, inplace=False):
    return torch.ops.aten.elu_(input, alpha) if inplace else torch.ops.aten.elu(input, alpha)


def elu_(input, alpha=1.0):
    return torch.ops.aten.elu_(input, alpha)


def selu(input, inplace=False):
    return torch.selu_(input) if inplace else torch.selu(input)


def selu_(input):
    return torch.selu_(input)


def celu(input, alpha=1.0, inplace=False):
    return torch.celu_(input, alpha) if inplace else torch.celu(input, alpha)


def celu_(input, alpha=1.0):
    return torch.celu_(input, alpha)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    if inplace:
        return torch.ops.aten.leaky_relu_(input, negative_slope)
    return torch.ops.aten.leaky_relu(input, negative_slope)


def leaky_relu_(input, negative_slope=0.01):
    return torch.ops.aten.leaky_relu_(input, negative_slope)


def prelu(input, weight):
    return torch.prelu(input, weight)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    if inplace:
        return torch.rrelu_(input, lower, upper, training)
    return torch.rrelu(input, lower, upper, training)


def rrelu_(input, lower=1.0 / 8, upper=1.0 / 3, training=False):
    return torch.rrelu_(input, lower, upper, training)


def glu(input, dim=-1):
    return torch.ops.aten.glu(input, dim)


def gelu(input, approximate="none"):
    return torch.ops.aten.gelu(input, approximate=approximate)


def silu(input, inplace=False):
    return torch.ops.aten.silu_(input) if inplace else torch.ops.aten.silu(input)


def mish(input, inplace=False):
    return torch.ops.aten.mish_(input) if inplace else torch.ops.aten.mish(input)


def hardswish(input, inplace=False):
    return torch.ops.aten.hardswish_(input) if inplace else torch.ops.aten.hardswish(input)


def hardsigmoid(input, inplace=False):
    return torch.ops.aten.hardsigmoid_(input) if inplace else torch.ops.aten.hardsigmoid(input)


def hardshrink(input, lambd=0.5):
    return torch.hardshrink(input, lambd)


def softshrink(input, lambd=0.5):
    return torch.ops.aten.softshrink(input, lambd)


def tanhshrink(input):
    return input - torch.tanh(input)


def softsign(input):
    return input / (torch.abs(input) + 1)


def softplus(input, beta=1, threshold=20):
    return torch.ops.aten.softplus(input, beta, threshold)


def logsigmoid(input):
    return torch.ops.aten.log_sigmoid(input)


def tanh(input):
    return torch.tanh(input)


def sigmoid(input):
    return torch.sigmoid(input)


def _implicit_dim(input):
    """The dimension that PyTorch takes where none is given."""
    dims = input.dim()
    return 1 if (dims == 2 or dims > 3) else 0


def softmax(input, dim=None, _stacklevel=3, dtype=None):
    if dim is None:
        dim = _implicit_dim(input)
    return torch.softmax(input, dim, dtype)


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    return softmax(-input, dim, _stacklevel, dtype)


def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    if dim is None:
        dim = _implicit_dim(input)
    return torch.log_softmax(input, dim, dtype)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    noise = -torch.empty_like(logits).exponential_().log()
    soft = torch.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = torch.argmax(soft, dim, True)
    return torch.zeros_like(logits).scatter(dim, index, 1.0)
