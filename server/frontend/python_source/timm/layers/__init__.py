# The few helpers of timm that other people's vision models import; its models themselves come with their source.
import collections.abc

import torch.nn as nn
from timm.layers.patch_embed import PatchEmbed
from torch.nn.init import trunc_normal_

trunc_normal_tf_ = trunc_normal_


def lecun_normal_(tensor):
    return tensor


def to_ntuple(count):
    def parse(value):
        if isinstance(value, collections.abc.Iterable) and not isinstance(value, str):
            return tuple(value)
        return (value,) * count

    return parse


to_1tuple = to_ntuple(1)
to_2tuple = to_ntuple(2)
to_3tuple = to_ntuple(3)
to_4tuple = to_ntuple(4)


def make_divisible(value, divisor=8, min_value=None, round_limit=0.9):
    made = max(min_value or divisor, int(value + divisor / 2) // divisor * divisor)
    return made + divisor if made < round_limit * value else made


# Stochastic depth is of training; a serving model keeps every path.
def drop_path(x, drop_prob=0.0, training=False, scale_by_keep=True):
    return x


class DropPath(nn.Module):
    def __init__(self, drop_prob=0.0, scale_by_keep=True):
        super().__init__()
        self.drop_prob = drop_prob
        self.scale_by_keep = scale_by_keep

    def forward(self, x):
        return x


class Mlp(nn.Module):
    def __init__(self, in_features, hidden_features=None, out_features=None, act_layer=nn.GELU, norm_layer=None,
                 bias=True, drop=0.0, use_conv=False):
        super().__init__()
        hidden = hidden_features or in_features
        linear = (lambda a, b, bias: nn.Conv2d(a, b, 1, bias=bias)) if use_conv else nn.Linear
        bias, drop = to_2tuple(bias), to_2tuple(drop)
        self.fc1 = linear(in_features, hidden, bias=bias[0])
        self.act = act_layer()
        self.drop1 = nn.Dropout(drop[0])
        self.norm = norm_layer(hidden) if norm_layer is not None else nn.Identity()
        self.fc2 = linear(hidden, out_features or in_features, bias=bias[1])
        self.drop2 = nn.Dropout(drop[1])

    def forward(self, x):
        return self.drop2(self.fc2(self.norm(self.drop1(self.act(self.fc1(x))))))
