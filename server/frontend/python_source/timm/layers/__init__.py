# The layers that other people's vision models import; of the models a few families are made by name (timm/models).
import collections.abc
import contextlib

import torch
import torch.nn as nn
from timm.layers.activations import (
    GELU, GELUTanh, HardMish, HardSigmoid, HardSwish, Mish, PReLU, QuickGELU, Sigmoid, Swish, Tanh, create_act_layer,
    gelu, get_act_fn, get_act_layer, hard_mish, hard_sigmoid, hard_swish, mish, quick_gelu, swish)
from timm.layers.conv_bn_act import (
    Conv2dSame, ConvBnAct, ConvNormAct, ConvNormActAa, MixedConv2d, ScaledStdConv2d, ScaledStdConv2dSame,
    SeparableConv2d, SeparableConvBnAct, SeparableConvNormAct, StdConv2d, StdConv2dSame, conv2d_same, create_conv2d,
    create_conv2d_pad)
from timm.layers.format import Format, get_channel_dim, get_spatial_dim, nchw_to, nhwc_to
from timm.layers.mlp import (
    ConvMlp, GatedMlp, GlobalResponseNorm, GlobalResponseNormMlp, GluMlp, SwiGLU, SwiGLUPacked)
from timm.layers.norm import (
    BatchNormAct2d, FrozenBatchNorm2d, FrozenBatchNormAct2d, GroupNorm, GroupNorm1, GroupNorm1Act, GroupNormAct,
    LayerNorm, LayerNorm2d, LayerNorm2dFp32, LayerNormAct, LayerNormAct2d, LayerNormExp2d, LayerNormFp32, RmsNorm,
    RmsNorm2d, RmsNormAct, RmsNormAct2d, SimpleNorm, SimpleNorm2d, SyncBatchNormAct, convert_sync_batchnorm,
    create_norm_act_layer, create_norm_layer, get_norm_act_layer, get_norm_layer, is_fast_norm, rms_norm, set_fast_norm)
from timm.layers.padding import get_padding, get_padding_value, get_same_padding, is_static_pad, pad_same, pad_same_arg
from timm.layers.patch_embed import PatchEmbed, PatchEmbedWithSize
from timm.layers.pooling import (
    AdaptiveAvgMaxPool2d, AdaptiveCatAvgMaxPool2d, AttentionPool2d, AvgPool2dSame, BlurPool2d, ClassifierHead,
    ClNormMlpClassifierHead, FastAdaptiveAvgPool2d, MaxPool2dSame, NormMlpClassifierHead, SelectAdaptivePool2d,
    adaptive_avgmax_pool2d, adaptive_catavgmax_pool2d, avg_pool2d_same, create_aa, create_classifier, create_pool2d,
    max_pool2d_same, select_adaptive_pool2d)
from timm.layers.pos_embed import (
    apply_rot_embed, apply_rot_embed_cat, apply_rot_embed_list, build_sincos2d_pos_embed, freq_bands, ndgrid,
    pixel_freq_bands, resample_abs_pos_embed, resample_abs_pos_embed_nhwc, rope_rotate_half, rot)
from timm.layers.squeeze_excite import (
    CbamModule, CecaModule, ChannelAttn, CircularEfficientChannelAttn, EcaModule, EffectiveSEModule,
    EffectiveSqueezeExcite, EfficientChannelAttn, LightCbamModule, SEModule, SpatialAttn, SqueezeExcite,
    SqueezeExciteCl, create_attn, get_attn)
from torch.nn.init import trunc_normal_

trunc_normal_tf_ = trunc_normal_


def lecun_normal_(tensor):
    return tensor


def variance_scaling_(tensor, scale=1.0, mode="fan_in", distribution="normal"):
    return tensor


def init_weight_vit(module, name="", **kwargs):
    pass


init_weight_jax = init_weight_vit


def to_ntuple(count):
    def parse(value):
        if isinstance(value, collections.abc.Iterable) and not isinstance(value, str):
            return tuple(value)
        return (value,) * count

    return parse


_ntuple = to_ntuple
to_1tuple = to_ntuple(1)
to_2tuple = to_ntuple(2)
to_3tuple = to_ntuple(3)
to_4tuple = to_ntuple(4)


def make_divisible(value, divisor=8, min_value=None, round_limit=0.9):
    made = max(min_value or divisor, int(value + divisor / 2) // divisor * divisor)
    return made + divisor if made < round_limit * value else made


def extend_tuple(x, n):
    x = tuple(x) if isinstance(x, (tuple, list)) else (x,)
    return (x + (x[-1],) * n)[:n]


def _assert(condition, message):
    assert condition, message


# What timm's users set of it; attention is always fused here, and gives the same.
def use_fused_attn(experimental=False):
    return True


def set_fused_attn(enable=True, experimental=False):
    pass


def is_scriptable():
    return False


is_exportable = is_no_jit = use_reentrant_ckpt = is_scriptable


def set_scriptable(value):
    return contextlib.nullcontext()


set_exportable = set_layer_config = set_no_jit = set_scriptable


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


def calculate_drop_path_rates(drop_path_rate, depths, stagewise=False):
    if isinstance(depths, int):
        return [drop_path_rate * i / max(depths - 1, 1) for i in range(depths)]
    if stagewise:
        return [[drop_path_rate * i / max(len(depths) - 1, 1)] * depth for i, depth in enumerate(depths)]
    rates = calculate_drop_path_rates(drop_path_rate, sum(depths))
    return [rates[sum(depths[:i]):sum(depths[:i + 1])] for i in range(len(depths))]


# So is leaving out blocks of an image, and patches of it.
def drop_block_2d(x, *args, **kwargs):
    return x


drop_block_fast_2d = drop_block_2d


class DropBlock2d(nn.Module):
    def __init__(self, drop_prob=0.1, block_size=7, gamma_scale=1.0, *args, **kwargs):
        super().__init__()
        self.drop_prob = drop_prob
        self.block_size = block_size
        self.gamma_scale = gamma_scale

    def forward(self, x):
        return x


class PatchDropout(nn.Module):
    def __init__(self, prob=0.5, num_prefix_tokens=1, ordered=False, return_indices=False):
        super().__init__()
        self.prob = prob
        self.return_indices = return_indices

    def forward(self, x):
        return (x, None) if self.return_indices else x


class LayerScale(nn.Module):
    def __init__(self, dim, init_values=1e-5, inplace=False, device=None, dtype=None):
        super().__init__()
        self.init_values = init_values
        self.inplace = inplace
        self.gamma = nn.Parameter(init_values * torch.ones(dim))

    def forward(self, x):
        return x * self.gamma


class LayerScale2d(LayerScale):
    def forward(self, x):
        return x * self.gamma.view(1, -1, 1, 1)


class Linear(nn.Linear):
    pass


class SpaceToDepth(nn.Module):
    def __init__(self, block_size=4):
        super().__init__()
        self.bs = block_size

    def forward(self, x):
        N, C, H, W = x.shape
        x = x.view(N, C, H // self.bs, self.bs, W // self.bs, self.bs).permute(0, 3, 5, 1, 2, 4)
        return x.reshape(N, C * self.bs * self.bs, H // self.bs, W // self.bs)


class Mlp(nn.Module):
    def __init__(self, in_features, hidden_features=None, out_features=None, act_layer=nn.GELU, norm_layer=None,
                 bias=True, drop=0.0, use_conv=False, device=None, dtype=None):
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
