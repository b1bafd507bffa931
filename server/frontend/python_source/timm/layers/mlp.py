# The kinds of two layers in a row.
import functools

import torch
import torch.nn as nn
from timm.layers import Mlp, to_2tuple


def _linear(ins, outs, bias, use_conv=False):
    return nn.Conv2d(ins, outs, 1, bias=bias) if use_conv else nn.Linear(ins, outs, bias=bias)


class _Layers(nn.Module):
    def _make(self, sizes, act_layer, norm_layer, bias, drop, use_conv=False):
        """sizes: of the input, behind fc1, before fc2, of the output."""
        bias, drop = to_2tuple(bias), to_2tuple(drop)
        self.fc1 = _linear(sizes[0], sizes[1], bias[0], use_conv)
        self.act = act_layer()
        self.drop1 = nn.Dropout(drop[0])
        self.norm = nn.Identity() if norm_layer is None else norm_layer(sizes[2])
        self.fc2 = _linear(sizes[2], sizes[3], bias[1], use_conv)
        self.drop2 = nn.Dropout(drop[1])

    def init_weights(self):
        pass


class GluMlp(_Layers):
    def __init__(self, in_features, hidden_features=None, out_features=None, act_layer=nn.Sigmoid, norm_layer=None,
                 bias=True, drop=0.0, use_conv=False, gate_last=True, device=None, dtype=None):
        super().__init__()
        hidden = hidden_features or in_features
        self.chunk_dim = 1 if use_conv else -1
        self.gate_last = gate_last
        self._make((in_features, hidden, hidden // 2, out_features or in_features), act_layer, norm_layer, bias, drop,
                   use_conv)

    def forward(self, x):
        first, second = self.fc1(x).chunk(2, dim=self.chunk_dim)
        x = first * self.act(second) if self.gate_last else self.act(first) * second
        return self.drop2(self.fc2(self.norm(self.drop1(x))))


SwiGLUPacked = functools.partial(GluMlp, act_layer=nn.SiLU, gate_last=False)


class SwiGLU(nn.Module):
    def __init__(self, in_features, hidden_features=None, out_features=None, act_layer=nn.SiLU, norm_layer=None,
                 bias=True, drop=0.0, align_to=0, device=None, dtype=None):
        super().__init__()
        hidden = hidden_features or in_features
        if align_to:
            hidden += -hidden % align_to
        bias, drop = to_2tuple(bias), to_2tuple(drop)
        self.fc1_g = nn.Linear(in_features, hidden, bias=bias[0])
        self.fc1_x = nn.Linear(in_features, hidden, bias=bias[0])
        self.act = act_layer()
        self.drop1 = nn.Dropout(drop[0])
        self.norm = nn.Identity() if norm_layer is None else norm_layer(hidden)
        self.fc2 = nn.Linear(hidden, out_features or in_features, bias=bias[1])
        self.drop2 = nn.Dropout(drop[1])

    def init_weights(self):
        pass

    def forward(self, x):
        x = self.act(self.fc1_g(x)) * self.fc1_x(x)
        return self.drop2(self.fc2(self.norm(self.drop1(x))))


class GatedMlp(_Layers):
    def __init__(self, in_features, hidden_features=None, out_features=None, act_layer=nn.GELU, norm_layer=None,
                 gate_layer=None, bias=True, drop=0.0, device=None, dtype=None):
        super().__init__()
        hidden = hidden_features or in_features
        inner = hidden if gate_layer is None else hidden // 2
        self.gate = nn.Identity() if gate_layer is None else gate_layer(hidden)
        self._make((in_features, hidden, inner, out_features or in_features), act_layer, norm_layer, bias, drop)

    def forward(self, x):
        x = self.gate(self.drop1(self.act(self.fc1(x))))
        return self.drop2(self.fc2(self.norm(x)))


class ConvMlp(nn.Module):
    def __init__(self, in_features, hidden_features=None, out_features=None, act_layer=nn.ReLU, norm_layer=None,
                 bias=True, drop=0.0, device=None, dtype=None):
        super().__init__()
        hidden = hidden_features or in_features
        bias = to_2tuple(bias)
        self.fc1 = nn.Conv2d(in_features, hidden, 1, bias=bias[0])
        self.norm = norm_layer(hidden) if norm_layer else nn.Identity()
        self.act = act_layer()
        self.drop = nn.Dropout(drop)
        self.fc2 = nn.Conv2d(hidden, out_features or in_features, 1, bias=bias[1])

    def forward(self, x):
        return self.fc2(self.drop(self.act(self.norm(self.fc1(x)))))


class GlobalResponseNorm(nn.Module):
    def __init__(self, dim, eps=1e-6, channels_last=True, device=None, dtype=None):
        super().__init__()
        self.eps = eps
        self.spatial_dim = (1, 2) if channels_last else (2, 3)
        self.channel_dim = -1 if channels_last else 1
        self.wb_shape = (1, 1, 1, -1) if channels_last else (1, -1, 1, 1)
        self.weight = nn.Parameter(torch.zeros(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        size = x.norm(p=2, dim=self.spatial_dim, keepdim=True)
        size = size / (size.mean(dim=self.channel_dim, keepdim=True) + self.eps)
        return x + self.bias.view(self.wb_shape) + self.weight.view(self.wb_shape) * (x * size)


class GlobalResponseNormMlp(nn.Module):
    def __init__(self, in_features, hidden_features=None, out_features=None, act_layer=nn.GELU, bias=True, drop=0.0,
                 use_conv=False, device=None, dtype=None):
        super().__init__()
        hidden = hidden_features or in_features
        bias, drop = to_2tuple(bias), to_2tuple(drop)
        self.fc1 = _linear(in_features, hidden, bias[0], use_conv)
        self.act = act_layer()
        self.drop1 = nn.Dropout(drop[0])
        self.grn = GlobalResponseNorm(hidden, channels_last=not use_conv)
        self.fc2 = _linear(hidden, out_features or in_features, bias[1], use_conv)
        self.drop2 = nn.Dropout(drop[1])

    def forward(self, x):
        return self.drop2(self.fc2(self.grn(self.drop1(self.act(self.fc1(x))))))
