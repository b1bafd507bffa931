# Attention to channels, and to places.
import functools
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from timm.layers import make_divisible
from timm.layers.activations import create_act_layer
from timm.layers.conv_bn_act import ConvNormAct


def _squeezed(x, add_maxpool=False):
    mean = x.mean((2, 3), keepdim=True)
    return 0.5 * mean + 0.5 * x.amax((2, 3), keepdim=True) if add_maxpool else mean


class SEModule(nn.Module):
    def __init__(self, channels, rd_ratio=1.0 / 16, rd_channels=None, rd_divisor=8, add_maxpool=False, bias=True,
                 act_layer=nn.ReLU, norm_layer=None, gate_layer="sigmoid", device=None, dtype=None):
        super().__init__()
        self.add_maxpool = add_maxpool
        inner = rd_channels or make_divisible(channels * rd_ratio, rd_divisor, round_limit=0.0)
        self.fc1 = nn.Conv2d(channels, inner, 1, bias=bias)
        self.bn = norm_layer(inner) if norm_layer else nn.Identity()
        self.act = create_act_layer(act_layer, inplace=True)
        self.fc2 = nn.Conv2d(inner, channels, 1, bias=bias)
        self.gate = create_act_layer(gate_layer)

    def forward(self, x):
        return x * self.gate(self.fc2(self.act(self.bn(self.fc1(_squeezed(x, self.add_maxpool))))))


SqueezeExcite = SEModule


class EffectiveSEModule(nn.Module):
    def __init__(self, channels, add_maxpool=False, gate_layer="hard_sigmoid", **_):
        super().__init__()
        self.add_maxpool = add_maxpool
        self.fc = nn.Conv2d(channels, channels, 1)
        self.gate = create_act_layer(gate_layer)

    def forward(self, x):
        return x * self.gate(self.fc(_squeezed(x, self.add_maxpool)))


EffectiveSqueezeExcite = EffectiveSEModule


class SqueezeExciteCl(nn.Module):
    """Of channels that come last."""

    def __init__(self, channels, rd_ratio=1.0 / 16, rd_channels=None, rd_divisor=8, bias=True, act_layer=nn.ReLU,
                 gate_layer="sigmoid", device=None, dtype=None):
        super().__init__()
        inner = rd_channels or make_divisible(channels * rd_ratio, rd_divisor, round_limit=0.0)
        self.fc1 = nn.Linear(channels, inner, bias=bias)
        self.act = create_act_layer(act_layer, inplace=True)
        self.fc2 = nn.Linear(inner, channels, bias=bias)
        self.gate = create_act_layer(gate_layer)

    def forward(self, x):
        return x * self.gate(self.fc2(self.act(self.fc1(x.mean((1, 2), keepdim=True)))))


def _eca_kernel(channels, kernel_size, gamma, beta):
    if channels is None:
        return kernel_size
    size = int(abs(math.log(channels, 2) + beta) / gamma)
    return max(size if size % 2 else size + 1, 3)


class EcaModule(nn.Module):
    def __init__(self, channels=None, kernel_size=3, gamma=2, beta=1, act_layer=None, gate_layer="sigmoid",
                 rd_ratio=1 / 8, rd_channels=None, rd_divisor=8, use_mlp=False, device=None, dtype=None):
        super().__init__()
        size = _eca_kernel(channels, kernel_size, gamma, beta)
        self.padding = (size - 1) // 2
        if use_mlp:
            inner = rd_channels or make_divisible(channels * rd_ratio, divisor=rd_divisor)
            self.conv = nn.Conv1d(1, inner, 1)
            self.act = create_act_layer(act_layer or nn.ReLU)
            self.conv2 = nn.Conv1d(inner, 1, size, padding=self.padding)
        else:
            self.conv = nn.Conv1d(1, 1, size, padding=self.padding, bias=False)
            self.act = None
            self.conv2 = None
        self.gate = create_act_layer(gate_layer)

    def forward(self, x):
        y = self.conv(x.mean((2, 3)).unsqueeze(1))
        if self.conv2 is not None:
            y = self.conv2(self.act(y))
        return x * self.gate(y).transpose(1, 2).unsqueeze(-1)


class CecaModule(nn.Module):
    """The first channels are neighbours of the last ones."""

    def __init__(self, channels=None, kernel_size=3, gamma=2, beta=1, act_layer=None, gate_layer="sigmoid", device=None,
                 dtype=None):
        super().__init__()
        size = _eca_kernel(channels, kernel_size, gamma, beta)
        self.padding = (size - 1) // 2
        self.conv = nn.Conv1d(1, 1, size, bias=act_layer is not None)
        self.gate = create_act_layer(gate_layer)

    def forward(self, x):
        y = F.pad(x.mean((2, 3)).unsqueeze(1), (self.padding, self.padding), mode="circular")
        return x * self.gate(self.conv(y)).transpose(1, 2).unsqueeze(-1)


EfficientChannelAttn = EcaModule
CircularEfficientChannelAttn = CecaModule


class ChannelAttn(nn.Module):
    def __init__(self, channels, rd_ratio=1.0 / 16, rd_channels=None, rd_divisor=1, act_layer=nn.ReLU,
                 gate_layer="sigmoid", mlp_bias=False, device=None, dtype=None):
        super().__init__()
        inner = rd_channels or make_divisible(channels * rd_ratio, rd_divisor, round_limit=0.0)
        self.fc1 = nn.Conv2d(channels, inner, 1, bias=mlp_bias)
        self.act = create_act_layer(act_layer, inplace=True)
        self.fc2 = nn.Conv2d(inner, channels, 1, bias=mlp_bias)
        self.gate = create_act_layer(gate_layer)

    def _mlp(self, x):
        return self.fc2(self.act(self.fc1(x)))

    def forward(self, x):
        return x * self.gate(self._mlp(x.mean((2, 3), keepdim=True)) + self._mlp(x.amax((2, 3), keepdim=True)))


class LightChannelAttn(ChannelAttn):
    def forward(self, x):
        return x * torch.sigmoid(self._mlp(_squeezed(x, True)))


class SpatialAttn(nn.Module):
    def __init__(self, kernel_size=7, gate_layer="sigmoid", device=None, dtype=None):
        super().__init__()
        self.conv = ConvNormAct(2, 1, kernel_size, apply_act=False)
        self.gate = create_act_layer(gate_layer)

    def forward(self, x):
        return x * self.gate(self.conv(torch.cat([x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)], dim=1)))


class LightSpatialAttn(nn.Module):
    def __init__(self, kernel_size=7, gate_layer="sigmoid", device=None, dtype=None):
        super().__init__()
        self.conv = ConvNormAct(1, 1, kernel_size, apply_act=False)
        self.gate = create_act_layer(gate_layer)

    def forward(self, x):
        return x * self.gate(self.conv(0.5 * x.mean(dim=1, keepdim=True) + 0.5 * x.amax(dim=1, keepdim=True)))


class CbamModule(nn.Module):
    def __init__(self, channels, rd_ratio=1.0 / 16, rd_channels=None, rd_divisor=1, spatial_kernel_size=7,
                 act_layer=nn.ReLU, gate_layer="sigmoid", mlp_bias=False, device=None, dtype=None):
        super().__init__()
        self.channel = ChannelAttn(channels, rd_ratio, rd_channels, rd_divisor, act_layer, gate_layer, mlp_bias)
        self.spatial = SpatialAttn(spatial_kernel_size, gate_layer)

    def forward(self, x):
        return self.spatial(self.channel(x))


class LightCbamModule(nn.Module):
    def __init__(self, channels, rd_ratio=1.0 / 16, rd_channels=None, rd_divisor=1, spatial_kernel_size=7,
                 act_layer=nn.ReLU, gate_layer="sigmoid", mlp_bias=False, device=None, dtype=None):
        super().__init__()
        self.channel = LightChannelAttn(channels, rd_ratio, rd_channels, rd_divisor, act_layer, gate_layer, mlp_bias)
        self.spatial = LightSpatialAttn(spatial_kernel_size)

    def forward(self, x):
        return self.spatial(self.channel(x))


_attentions = {
    "se": SEModule, "ese": EffectiveSEModule, "eca": EcaModule, "ecam": functools.partial(EcaModule, use_mlp=True),
    "ceca": CecaModule, "cbam": CbamModule, "lcbam": LightCbamModule,
}


def get_attn(attn_type):
    if not attn_type:
        return None
    if isinstance(attn_type, str):
        if attn_type.lower() not in _attentions:
            raise NotImplementedError("timm's attention '%s' is not served" % attn_type)
        return _attentions[attn_type.lower()]
    return SEModule if attn_type is True else attn_type


def create_attn(attn_type, channels, **kwargs):
    made = get_attn(attn_type)
    return None if made is None else made(channels, **kwargs)
