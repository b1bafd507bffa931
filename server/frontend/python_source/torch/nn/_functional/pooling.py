"""Pooling."""

import torch
from torch.nn.modules.utils import _pair, _single, _triple
from torch.nn._functional.activations import relu


def _or_kernel(stride, kernel_size):
    return kernel_size if stride is None else stride


def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    stride = _or_kernel(stride, kernel_size)
    return torch.avg_pool1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    stride = _or_kernel(stride, kernel_size)
    return torch.ops.aten.avg_pool2d(
        input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    stride = _or_kernel(stride, kernel_size)
    return torch.ops.aten.avg_pool3d(
        input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def max_pool1d_with_indices(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    stride = _or_kernel(stride, kernel_size)
    return torch.max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d_with_indices(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    stride = _or_kernel(stride, kernel_size)
    return torch.ops.aten.max_pool2d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d_with_indices(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    stride = _or_kernel(stride, kernel_size)
    return torch.ops.aten.max_pool3d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    if return_indices:
        return max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
    return torch.max_pool1d(input, kernel_size, _or_kernel(stride, kernel_size), padding, dilation, ceil_mode)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    if return_indices:
        return max_pool2d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
    return torch.max_pool2d(input, kernel_size, _or_kernel(stride, kernel_size), padding, dilation, ceil_mode)


def max_pool3d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    if return_indices:
        return max_pool3d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
    return torch.max_pool3d(input, kernel_size, _or_kernel(stride, kernel_size), padding, dilation, ceil_mode)


def _unpool_sizes(input, kernel_size, stride, padding, output_size):
    n = len(kernel_size)
    if output_size is not None:
        # It may be a whole size, batch and channels included: the last n count.
        return [output_size[i - n] for i in range(n)]
    return [(input.size(i - n) - 1) * stride[i] + kernel_size[i] - 2 * padding[i] for i in range(n)]


def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    kernel_size, padding = _single(kernel_size), _single(padding)
    stride = kernel_size if stride is None else _single(stride)
    sizes = _unpool_sizes(input, kernel_size, stride, padding, output_size) + [1]
    return torch.ops.aten.max_unpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), sizes).squeeze(-1)


def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    kernel_size, padding = _pair(kernel_size), _pair(padding)
    stride = kernel_size if stride is None else _pair(stride)
    sizes = _unpool_sizes(input, kernel_size, stride, padding, output_size)
    return torch.ops.aten.max_unpool2d(input, indices, sizes)


def max_unpool3d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    kernel_size, padding = _triple(kernel_size), _triple(padding)
    stride = kernel_size if stride is None else _triple(stride)
    sizes = _unpool_sizes(input, kernel_size, stride, padding, output_size)
    return torch.ops.aten.max_unpool3d(input, indices, sizes, stride, padding)


def _lp_root(means, norm_type, count):
    """From the mean of the powers to the root of their sum."""
    return (torch.sign(means) * relu(torch.abs(means))).mul(count).pow(1.0 / norm_type)


def _check_norm_type(norm_type):
    if norm_type == 0:
        raise ValueError(f"norm_type must be a non-zero value, but got {norm_type}")


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    _check_norm_type(norm_type)
    if norm_type == float("inf"):
        return max_pool1d(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    if norm_type == -float("inf"):
        return -max_pool1d(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    means = avg_pool1d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return _lp_root(means, norm_type, _single(kernel_size)[0])


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    _check_norm_type(norm_type)
    if norm_type == float("inf"):
        return max_pool2d(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    if norm_type == -float("inf"):
        return -max_pool2d(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    height, width = _pair(kernel_size)
    means = avg_pool2d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return _lp_root(means, norm_type, height * width)


def lp_pool3d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    _check_norm_type(norm_type)
    if norm_type == float("inf"):
        return max_pool3d(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    if norm_type == -float("inf"):
        return -max_pool3d(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    depth, height, width = _triple(kernel_size)
    means = avg_pool3d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return _lp_root(means, norm_type, depth * height * width)


def _sizes(output_size, input, n):
    """A size for each of n dimensions, None being the input's own. By index: the length may be unknown."""
    if not isinstance(output_size, (tuple, list)):
        output_size = [output_size] * n
    return [input.size(i - n) if output_size[i] is None else output_size[i] for i in range(n)]


def adaptive_max_pool1d_with_indices(input, output_size, return_indices=False):
    return torch.adaptive_max_pool1d(input, output_size)


def adaptive_max_pool2d_with_indices(input, output_size, return_indices=False):
    return torch.ops.aten.adaptive_max_pool2d(input, _sizes(output_size, input, 2))


def adaptive_max_pool3d_with_indices(input, output_size, return_indices=False):
    return torch.ops.aten.adaptive_max_pool3d(input, _sizes(output_size, input, 3))


def adaptive_max_pool1d(input, output_size, return_indices=False):
    both = adaptive_max_pool1d_with_indices(input, output_size)
    return both if return_indices else both[0]


def adaptive_max_pool2d(input, output_size, return_indices=False):
    both = adaptive_max_pool2d_with_indices(input, output_size)
    return both if return_indices else both[0]


def adaptive_max_pool3d(input, output_size, return_indices=False):
    both = adaptive_max_pool3d_with_indices(input, output_size)
    return both if return_indices else both[0]


def adaptive_avg_pool1d(input, output_size):
    return torch.adaptive_avg_pool1d(input, output_size)


def adaptive_avg_pool2d(input, output_size):
    return torch.ops.aten.adaptive_avg_pool2d(input, _sizes(output_size, input, 2))


def adaptive_avg_pool3d(input, output_size):
    return torch.ops.aten.adaptive_avg_pool3d(input, _sizes(output_size, input, 3))


def _fractional_sizes(input, output_size, output_ratio, n):
    if output_size is not None:
        return output_size
    if output_ratio is None:
        raise ValueError("fractional_max_pool requires specifying either an output_size or an output_ratio")
    ratio = output_ratio if isinstance(output_ratio, (tuple, list)) else [output_ratio] * n
    return [int(input.size(i - n) * ratio[i]) for i in range(n)]


def _samples(_random_samples, n):
    if _random_samples is None:
        raise NotImplementedError(
            f"fractional_max_pool{n}d draws its regions at random: give _random_samples"
        )
    return _random_samples


def fractional_max_pool2d_with_indices(
    input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
):
    sizes = _pair(_fractional_sizes(input, output_size, output_ratio, 2))
    return torch.ops.aten.fractional_max_pool2d(
        input, _pair(kernel_size), sizes, _samples(_random_samples, 2)
    )


def fractional_max_pool3d_with_indices(
    input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
):
    sizes = _triple(_fractional_sizes(input, output_size, output_ratio, 3))
    return torch.ops.aten.fractional_max_pool3d(
        input, _triple(kernel_size), sizes, _samples(_random_samples, 3)
    )


def fractional_max_pool2d(
    input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
):
    both = fractional_max_pool2d_with_indices(
        input, kernel_size, output_size, output_ratio, True, _random_samples
    )
    return both if return_indices else both[0]


def fractional_max_pool3d(
    input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
):
    both = fractional_max_pool3d_with_indices(
        input, kernel_size, output_size, output_ratio, True, _random_samples
    )
    return both if return_indices else both[0]
