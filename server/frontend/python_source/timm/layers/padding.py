# TensorFlow's SAME padding and what timm calls padding by name.
import torch.nn.functional as F
from timm.layers import to_2tuple


def _several(*values):
    return any([isinstance(value, (tuple, list)) for value in values])


def get_padding(kernel_size, stride=1, dilation=1, **_):
    if _several(kernel_size, stride, dilation):
        each = zip(to_2tuple(kernel_size), to_2tuple(stride), to_2tuple(dilation))
        return [get_padding(k, s, d) for k, s, d in each]
    return ((stride - 1) + dilation * (kernel_size - 1)) // 2


def get_same_padding(x, kernel_size, stride, dilation):
    return max(((x + stride - 1) // stride - 1) * stride + (kernel_size - 1) * dilation + 1 - x, 0)


def is_static_pad(kernel_size, stride=1, dilation=1, **_):
    if _several(kernel_size, stride, dilation):
        each = zip(to_2tuple(kernel_size), to_2tuple(stride), to_2tuple(dilation))
        return all([is_static_pad(k, s, d) for k, s, d in each])
    return stride == 1 and (dilation * (kernel_size - 1)) % 2 == 0


def pad_same_arg(input_size, kernel_size, stride, dilation=(1, 1)):
    high = get_same_padding(input_size[0], kernel_size[0], stride[0], dilation[0])
    wide = get_same_padding(input_size[1], kernel_size[1], stride[1], dilation[1])
    return [wide // 2, wide - wide // 2, high // 2, high - high // 2]


def pad_same(x, kernel_size, stride, dilation=(1, 1), value=0):
    return F.pad(x, pad_same_arg(x.shape[-2:], kernel_size, stride, dilation), value=value)


def get_padding_value(padding, kernel_size, **kwargs):
    """The padding, and whether it depends on the size of the image."""
    if not isinstance(padding, str):
        return padding, False
    padding = padding.lower()
    if padding == "same" and not is_static_pad(kernel_size, **kwargs):
        return 0, True
    if padding == "valid":
        return 0, False
    return get_padding(kernel_size, **kwargs), False
