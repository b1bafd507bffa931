"""Normalization. The statistics of an input are computed, never written: layers serve, they do not learn."""

import torch


def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    return torch.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, True)


def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    return torch.instance_norm(
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, True
    )


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    return torch.layer_norm(input, normalized_shape, weight, bias, eps, True)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    return torch.rms_norm(input, normalized_shape, weight, eps)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    return torch.group_norm(input, num_groups, weight, bias, eps, True)


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    # All that follows the channels counts as one dimension, so that one way serves 3-D inputs and more.
    squares = input.mul(input).flatten(2).unsqueeze(1)
    padded = torch.ops.aten.pad(squares, [0, 0, size // 2, (size - 1) // 2])
    means = torch.ops.aten.avg_pool2d(padded, [size, 1], [1, 1]).squeeze(1)
    return input / means.reshape(input.size()).mul(alpha).add(k).pow(beta)


def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    dims = list(dim) if isinstance(dim, (tuple, list)) else [dim]
    norm = torch.ops.aten.linalg_vector_norm(input, p, dims, True).clamp_min(eps)
    if out is None:
        return input / norm
    return torch.div(input, norm, out=out)
