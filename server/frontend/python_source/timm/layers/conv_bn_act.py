# Convolutions, and the blocks of one and its normalization.
import torch
import torch.nn as nn
import torch.nn.functional as F
from timm.layers.norm import get_norm_act_layer
from timm.layers.padding import get_padding, get_padding_value, pad_same
from timm.layers.pooling import create_aa


def conv2d_same(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    x = pad_same(x, weight.shape[-2:], stride, dilation)
    return F.conv2d(x, weight, bias, stride, (0, 0), dilation, groups)


class Conv2dSame(nn.Conv2d):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
                 device=None, dtype=None):
        super().__init__(in_channels, out_channels, kernel_size, stride, 0, dilation, groups, bias)

    def forward(self, x):
        x = pad_same(x, self.kernel_size, self.stride, self.dilation)
        return F.conv2d(x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def create_conv2d_pad(in_chs, out_chs, kernel_size, **kwargs):
    bias = kwargs.pop("bias", False)
    padding, is_dynamic = get_padding_value(kwargs.pop("padding", ""), kernel_size, **kwargs)
    if is_dynamic:
        return Conv2dSame(in_chs, out_chs, kernel_size, bias=bias, **kwargs)
    return nn.Conv2d(in_chs, out_chs, kernel_size, padding=padding, bias=bias, **kwargs)


def _shares(channels, count):
    """The channels that each of several convolutions gets; the first one takes what is left over."""
    shares = [channels // count] * count
    shares[0] += channels - sum(shares)
    return shares


class MixedConv2d(nn.ModuleDict):
    """Kernels of several sizes, each for its share of the channels."""

    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding="", dilation=1, depthwise=False,
                 **kwargs):
        super().__init__()
        sizes = kernel_size if isinstance(kernel_size, list) else [kernel_size]
        self.splits = _shares(in_channels, len(sizes))
        self.in_channels, self.out_channels = in_channels, out_channels
        for i, (size, ins, outs) in enumerate(zip(sizes, self.splits, _shares(out_channels, len(sizes)))):
            groups = ins if depthwise else 1
            self.add_module(str(i), create_conv2d_pad(ins, outs, size, stride=stride, padding=padding,
                                                      dilation=dilation, groups=groups, **kwargs))

    def forward(self, x):
        parts = torch.split(x, self.splits, 1)
        return torch.cat([conv(parts[i]) for i, conv in enumerate(self.values())], 1)


def create_conv2d(in_channels, out_channels, kernel_size, **kwargs):
    if isinstance(kernel_size, list):
        if kwargs.pop("groups", 1) == in_channels:
            kwargs["depthwise"] = True
        return MixedConv2d(in_channels, out_channels, kernel_size, **kwargs)
    if kwargs.pop("num_experts", 0) > 0:
        raise NotImplementedError("timm.layers.CondConv2d is not served")
    groups = kwargs.pop("groups", 1)
    groups = in_channels if kwargs.pop("depthwise", False) else groups
    return create_conv2d_pad(in_channels, out_channels, kernel_size, groups=groups, **kwargs)


class ConvNormAct(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size=1, stride=1, padding="", dilation=1, groups=1, bias=False,
                 apply_norm=True, apply_act=True, norm_layer=nn.BatchNorm2d, act_layer=nn.ReLU, aa_layer=None,
                 drop_layer=None, conv_kwargs=None, norm_kwargs=None, act_kwargs=None, apply_bn=True, device=None,
                 dtype=None):
        super().__init__()
        norm_kwargs = dict(norm_kwargs or {})
        if drop_layer:
            norm_kwargs["drop_layer"] = drop_layer
        blurs = aa_layer is not None and stride > 1
        self.conv = create_conv2d(in_channels, out_channels, kernel_size, stride=1 if blurs else stride,
                                  padding=padding, dilation=dilation, groups=groups, bias=bias, **(conv_kwargs or {}))
        if apply_norm and apply_bn:
            self.bn = get_norm_act_layer(norm_layer, act_layer)(out_channels, apply_act=apply_act,
                                                                act_kwargs=act_kwargs or {}, **norm_kwargs)
        else:
            self.bn = nn.Sequential()
        self.aa = create_aa(aa_layer, out_channels, stride=stride, enable=blurs, noop=None)

    @property
    def in_channels(self):
        return self.conv.in_channels

    @property
    def out_channels(self):
        return self.conv.out_channels

    def forward(self, x):
        x = self.bn(self.conv(x))
        return x if self.aa is None else self.aa(x)


ConvBnAct = ConvNormAct
ConvNormActAa = ConvNormAct


class SeparableConv2d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, dilation=1, padding="", bias=False,
                 channel_multiplier=1.0, pw_kernel_size=1, device=None, dtype=None):
        super().__init__()
        middle = int(in_channels * channel_multiplier)
        self.conv_dw = create_conv2d(in_channels, middle, kernel_size, stride=stride, dilation=dilation,
                                     padding=padding, depthwise=True)
        self.conv_pw = create_conv2d(middle, out_channels, pw_kernel_size, padding=padding, bias=bias)

    @property
    def in_channels(self):
        return self.conv_dw.in_channels

    @property
    def out_channels(self):
        return self.conv_pw.out_channels

    def forward(self, x):
        return self.conv_pw(self.conv_dw(x))


class SeparableConvNormAct(SeparableConv2d):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, dilation=1, padding="", bias=False,
                 channel_multiplier=1.0, pw_kernel_size=1, norm_layer=nn.BatchNorm2d, act_layer=nn.ReLU,
                 apply_act=True, drop_layer=None, device=None, dtype=None):
        super().__init__(in_channels, out_channels, kernel_size, stride, dilation, padding, bias, channel_multiplier,
                         pw_kernel_size)
        norm_kwargs = {} if drop_layer is None else {"drop_layer": drop_layer}
        self.bn = get_norm_act_layer(norm_layer, act_layer)(out_channels, apply_act=apply_act, **norm_kwargs)

    def forward(self, x):
        return self.bn(self.conv_pw(self.conv_dw(x)))


SeparableConvBnAct = SeparableConvNormAct


def _standardized(weight, eps, gain=None):
    flat = weight.reshape(1, weight.shape[0], -1)
    return F.batch_norm(flat, None, None, weight=gain, training=True, momentum=0.0, eps=eps).reshape(weight.shape)


class StdConv2d(nn.Conv2d):
    """A convolution with its weights brought to mean 0 and variance 1."""

    def __init__(self, in_channel, out_channels, kernel_size, stride=1, padding=None, dilation=1, groups=1, bias=False,
                 eps=1e-6, device=None, dtype=None):
        padding = get_padding(kernel_size, stride, dilation) if padding is None else padding
        padding, self_pads = get_padding_value(padding, kernel_size, stride=stride, dilation=dilation)
        super().__init__(in_channel, out_channels, kernel_size, stride, padding, dilation, groups, bias)
        self.same_pad = self_pads
        self.eps = eps

    def _weight(self):
        return _standardized(self.weight, self.eps)

    def forward(self, x):
        if self.same_pad:
            x = pad_same(x, self.kernel_size, self.stride, self.dilation)
        return F.conv2d(x, self._weight(), self.bias, self.stride, self.padding, self.dilation, self.groups)


class StdConv2dSame(StdConv2d):
    def __init__(self, in_channel, out_channels, kernel_size, stride=1, padding="SAME", dilation=1, groups=1,
                 bias=False, eps=1e-6, device=None, dtype=None):
        super().__init__(in_channel, out_channels, kernel_size, stride, padding, dilation, groups, bias, eps)


class ScaledStdConv2d(StdConv2d):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=None, dilation=1, groups=1, bias=True,
                 gamma=1.0, eps=1e-6, gain_init=1.0, device=None, dtype=None):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, eps)
        self.gain = nn.Parameter(torch.full((self.out_channels, 1, 1, 1), gain_init))
        self.scale = gamma * self.weight[0].numel() ** -0.5

    def _weight(self):
        return _standardized(self.weight, self.eps, (self.gain * self.scale).view(-1))


class ScaledStdConv2dSame(ScaledStdConv2d):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding="SAME", dilation=1, groups=1,
                 bias=True, gamma=1.0, eps=1e-6, gain_init=1.0, device=None, dtype=None):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, gamma, eps,
                         gain_init)
