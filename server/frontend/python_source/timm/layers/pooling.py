# Pooling layers, and the heads that begin with one.
import functools
import math
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F
from timm.layers import to_2tuple
from timm.layers.activations import get_act_layer
from timm.layers.format import get_channel_dim, get_spatial_dim
from timm.layers.norm import get_norm_layer
from timm.layers.padding import get_padding, get_padding_value, pad_same
from timm.layers.pos_embed import resample_abs_pos_embed


def adaptive_pool_feat_mult(pool_type="avg"):
    return 2 if pool_type.endswith("catavgmax") else 1


def adaptive_avgmax_pool2d(x, output_size=1):
    return 0.5 * (F.adaptive_avg_pool2d(x, output_size) + F.adaptive_max_pool2d(x, output_size))


def adaptive_catavgmax_pool2d(x, output_size=1):
    return torch.cat([F.adaptive_avg_pool2d(x, output_size), F.adaptive_max_pool2d(x, output_size)], 1)


def select_adaptive_pool2d(x, pool_type="avg", output_size=1):
    pools = {"avg": F.adaptive_avg_pool2d, "max": F.adaptive_max_pool2d, "avgmax": adaptive_avgmax_pool2d,
             "catavgmax": adaptive_catavgmax_pool2d}
    return pools[pool_type](x, output_size)


class _FastPool(nn.Module):
    def __init__(self, flatten=False, input_fmt="NCHW"):
        super().__init__()
        self.flatten = flatten
        self.dim = get_spatial_dim(input_fmt)
        self.dim_cat = 1 if flatten else get_channel_dim(input_fmt)

    def _mean(self, x):
        return x.mean(self.dim, keepdim=not self.flatten)

    def _max(self, x):
        return x.amax(self.dim, keepdim=not self.flatten)


class FastAdaptiveAvgPool(_FastPool):
    def forward(self, x):
        return self._mean(x)


class FastAdaptiveMaxPool(_FastPool):
    def forward(self, x):
        return self._max(x)


class FastAdaptiveAvgMaxPool(_FastPool):
    def forward(self, x):
        return 0.5 * self._mean(x) + 0.5 * self._max(x)


class FastAdaptiveCatAvgMaxPool(_FastPool):
    def forward(self, x):
        return torch.cat([self._mean(x), self._max(x)], self.dim_cat)


FastAdaptiveAvgPool2d = FastAdaptiveAvgPool


class AdaptiveAvgMaxPool2d(nn.Module):
    def __init__(self, output_size=1):
        super().__init__()
        self.output_size = output_size

    def forward(self, x):
        return adaptive_avgmax_pool2d(x, self.output_size)


class AdaptiveCatAvgMaxPool2d(AdaptiveAvgMaxPool2d):
    def forward(self, x):
        return adaptive_catavgmax_pool2d(x, self.output_size)


class SelectAdaptivePool2d(nn.Module):
    def __init__(self, output_size=1, pool_type="fast", flatten=False, input_fmt="NCHW"):
        super().__init__()
        self.pool_type = pool_type or ""
        kind = self.pool_type.lower()
        fast = kind.startswith("fast") or (kind != "" and input_fmt != "NCHW")
        if kind == "":
            self.pool = nn.Identity()
        elif fast:
            kinds = {"catavgmax": FastAdaptiveCatAvgMaxPool, "avgmax": FastAdaptiveAvgMaxPool,
                     "max": FastAdaptiveMaxPool, "avg": FastAdaptiveAvgPool, "": FastAdaptiveAvgPool}
            self.pool = kinds[kind[4:] if kind.startswith("fast") else kind](flatten, input_fmt)
        else:
            kinds = {"catavgmax": AdaptiveCatAvgMaxPool2d, "avgmax": AdaptiveAvgMaxPool2d,
                     "max": nn.AdaptiveMaxPool2d, "avg": nn.AdaptiveAvgPool2d}
            self.pool = kinds[kind](output_size)
        self.flatten = nn.Flatten(1) if flatten and not fast else nn.Identity()

    def is_identity(self):
        return not self.pool_type

    def forward(self, x):
        return self.flatten(self.pool(x))

    def feat_mult(self):
        return adaptive_pool_feat_mult(self.pool_type)


def avg_pool2d_same(x, kernel_size, stride, padding=(0, 0), ceil_mode=False, count_include_pad=True):
    return F.avg_pool2d(pad_same(x, kernel_size, stride), kernel_size, stride, (0, 0), ceil_mode, count_include_pad)


class AvgPool2dSame(nn.AvgPool2d):
    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__(to_2tuple(kernel_size), to_2tuple(stride), (0, 0), ceil_mode, count_include_pad)

    def forward(self, x):
        return avg_pool2d_same(x, self.kernel_size, self.stride, (0, 0), self.ceil_mode, self.count_include_pad)


def max_pool2d_same(x, kernel_size, stride, padding=(0, 0), dilation=(1, 1), ceil_mode=False):
    x = pad_same(x, kernel_size, stride, dilation, value=-math.inf)
    return F.max_pool2d(x, kernel_size, stride, (0, 0), dilation, ceil_mode)


class MaxPool2dSame(nn.MaxPool2d):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        super().__init__(to_2tuple(kernel_size), to_2tuple(stride), (0, 0), to_2tuple(dilation), ceil_mode=ceil_mode)

    def forward(self, x):
        return max_pool2d_same(x, self.kernel_size, self.stride, (0, 0), self.dilation, self.ceil_mode)


def create_pool2d(pool_type, kernel_size, stride=None, **kwargs):
    stride = stride or kernel_size
    padding, is_dynamic = get_padding_value(kwargs.pop("padding", ""), kernel_size, stride=stride, **kwargs)
    if is_dynamic:
        return {"avg": AvgPool2dSame, "max": MaxPool2dSame}[pool_type](kernel_size, stride, **kwargs)
    return {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}[pool_type](kernel_size, stride=stride, padding=padding, **kwargs)


class BlurPool2d(nn.Module):
    """Every stride-th pixel of the image blurred with binomial coefficients."""

    def __init__(self, channels=None, filt_size=3, stride=2, pad_mode="reflect", device=None, dtype=None):
        super().__init__()
        self.channels = channels
        self.filt_size = filt_size
        self.stride = stride
        self.pad_mode = pad_mode
        self.padding = [get_padding(filt_size, stride, dilation=1)] * 4
        line = [1.0]
        for _ in range(filt_size - 1):
            line = [(a + b) / 2 for a, b in zip([0.0] + line, line + [0.0])]
        line = torch.tensor(line)
        filt = (line[:, None] * line[None, :])[None, None].repeat(channels or 1, 1, 1, 1)
        self.register_buffer("filt", filt, persistent=False)

    def forward(self, x):
        x = F.pad(x, self.padding, mode=self.pad_mode)
        channels = x.shape[1] if self.channels is None else self.channels
        return F.conv2d(x, self.filt.expand(channels, -1, -1, -1), stride=self.stride, groups=channels)


def create_aa(aa_layer, channels=None, stride=2, enable=True, noop=nn.Identity, device=None, dtype=None):
    if not aa_layer or not enable:
        return None if noop is None else noop()
    if isinstance(aa_layer, str):
        kinds = {"avg": nn.AvgPool2d, "avgpool": nn.AvgPool2d, "blur": BlurPool2d, "blurpool": BlurPool2d,
                 "blurpc": functools.partial(BlurPool2d, pad_mode="constant")}
        aa_layer = kinds[aa_layer.lower().replace("_", "").replace("-", "")]
    if aa_layer is nn.AvgPool2d:
        return aa_layer(stride)
    try:
        return aa_layer(channels=channels, stride=stride)
    except TypeError:
        return aa_layer(stride)


def create_classifier(num_features, num_classes, pool_type="avg", use_conv=False, input_fmt="NCHW", drop_rate=None,
                      device=None, dtype=None):
    pool = SelectAdaptivePool2d(pool_type=pool_type, flatten=bool(pool_type) and not use_conv, input_fmt=input_fmt)
    features = num_features * pool.feat_mult()
    if num_classes <= 0:
        fc = nn.Identity()
    else:
        fc = nn.Conv2d(features, num_classes, 1) if use_conv else nn.Linear(features, num_classes)
    return (pool, fc) if drop_rate is None else (pool, nn.Dropout(drop_rate), fc)


class ClassifierHead(nn.Module):
    def __init__(self, in_features, num_classes, pool_type="avg", drop_rate=0.0, use_conv=False, input_fmt="NCHW",
                 device=None, dtype=None):
        super().__init__()
        self.in_features = in_features
        self.drop_rate = drop_rate
        self.use_conv = use_conv
        self.input_fmt = input_fmt
        self.drop = nn.Dropout(drop_rate)
        self._make(num_classes, pool_type)

    def _make(self, num_classes, pool_type):
        self.global_pool, self.fc = create_classifier(self.in_features, num_classes, pool_type, self.use_conv,
                                                      self.input_fmt)
        self.num_features = self.in_features * self.global_pool.feat_mult()
        self.flatten = nn.Flatten(1) if self.use_conv and pool_type else nn.Identity()

    def reset(self, num_classes, pool_type=None, reset_other=False):
        self._make(num_classes, self.global_pool.pool_type if pool_type is None else pool_type)

    def forward(self, x, pre_logits=False):
        x = self.drop(self.global_pool(x))
        return self.flatten(x if pre_logits else self.fc(x))


class NormMlpClassifierHead(nn.Module):
    def __init__(self, in_features, num_classes, hidden_size=None, pool_type="avg", drop_rate=0.0,
                 norm_layer="layernorm2d", act_layer="tanh", device=None, dtype=None):
        super().__init__()
        self.in_features = in_features
        self.hidden_size = hidden_size
        self.num_features = hidden_size or in_features
        self.use_conv = not pool_type
        self.global_pool = SelectAdaptivePool2d(pool_type=pool_type)
        self.norm = get_norm_layer(norm_layer)(in_features)
        self.flatten = nn.Flatten(1) if pool_type else nn.Identity()
        if hidden_size:
            act = get_act_layer(act_layer)()
            self.pre_logits = nn.Sequential(OrderedDict([("fc", self._linear(in_features, hidden_size)), ("act", act)]))
        else:
            self.pre_logits = nn.Identity()
        self.drop = nn.Dropout(drop_rate)
        self.reset(num_classes)

    def _linear(self, ins, outs):
        return nn.Conv2d(ins, outs, 1) if self.use_conv else nn.Linear(ins, outs)

    def reset(self, num_classes, pool_type=None, reset_other=False):
        if pool_type is not None:
            self.global_pool = SelectAdaptivePool2d(pool_type=pool_type)
            self.flatten = nn.Flatten(1) if pool_type else nn.Identity()
            self.use_conv = not pool_type
        self.fc = self._linear(self.num_features, num_classes) if num_classes > 0 else nn.Identity()

    def forward(self, x, pre_logits=False):
        x = self.drop(self.pre_logits(self.flatten(self.norm(self.global_pool(x)))))
        return x if pre_logits else self.fc(x)


class ClNormMlpClassifierHead(nn.Module):
    """The same of channels that come last."""

    def __init__(self, in_features, num_classes, hidden_size=None, pool_type="avg", drop_rate=0.0,
                 norm_layer="layernorm", act_layer="gelu", input_fmt="NHWC", device=None, dtype=None):
        super().__init__()
        self.in_features = in_features
        self.hidden_size = hidden_size
        self.num_features = hidden_size or in_features
        self.pool_type = pool_type
        self.pool_dim = 1 if input_fmt == "NLC" else (1, 2)
        self.norm = get_norm_layer(norm_layer)(in_features)
        if hidden_size:
            act = get_act_layer(act_layer)()
            self.pre_logits = nn.Sequential(OrderedDict([("fc", nn.Linear(in_features, hidden_size)), ("act", act)]))
        else:
            self.pre_logits = nn.Identity()
        self.drop = nn.Dropout(drop_rate)
        self.reset(num_classes)

    def reset(self, num_classes, pool_type=None, reset_other=False):
        self.pool_type = self.pool_type if pool_type is None else pool_type
        self.fc = nn.Linear(self.num_features, num_classes) if num_classes > 0 else nn.Identity()

    def forward(self, x, pre_logits=False):
        if self.pool_type == "avg":
            x = x.mean(dim=self.pool_dim)
        elif self.pool_type == "max":
            x = x.amax(dim=self.pool_dim)
        elif self.pool_type == "avgmax":
            x = 0.5 * (x.amax(dim=self.pool_dim) + x.mean(dim=self.pool_dim))
        x = self.drop(self.pre_logits(self.norm(x)))
        return x if pre_logits else self.fc(x)


class AttentionPool2d(nn.Module):
    """The mean of an image attends to its pixels."""

    def __init__(self, in_features, feat_size=7, out_features=None, embed_dim=None, head_dim=64, num_heads=None,
                 qkv_bias=True, qkv_separate=False, pool_type="token", class_token=False, drop_rate=0.0, device=None,
                 dtype=None):
        super().__init__()
        self.embed_dim = embed_dim = embed_dim or in_features
        self.in_features = in_features
        self.out_features = in_features if out_features is None else out_features or embed_dim
        self.feat_size = to_2tuple(feat_size)
        self.seq_len = self.feat_size[0] * self.feat_size[1]
        self.num_heads = num_heads or embed_dim // head_dim
        self.head_dim = embed_dim // self.num_heads
        self.scale = self.head_dim**-0.5
        self.pool_type = pool_type
        self.cls_token = nn.Parameter(torch.zeros(1, embed_dim)) if class_token else None
        if qkv_separate:
            self.q = nn.Linear(in_features, embed_dim, bias=qkv_bias)
            self.k = nn.Linear(in_features, embed_dim, bias=qkv_bias)
            self.v = nn.Linear(in_features, embed_dim, bias=qkv_bias)
            self.qkv = None
        else:
            self.qkv = nn.Linear(in_features, embed_dim * 3, bias=qkv_bias)
        self.drop = nn.Dropout(drop_rate)
        self.proj = nn.Identity() if out_features == 0 else nn.Linear(embed_dim, self.out_features)
        self._make_positions()

    def _make_positions(self):
        self.pos_embed = nn.Parameter(torch.zeros(self.seq_len + 1, self.in_features))

    def _placed(self, x, size):
        return x + resample_abs_pos_embed(self.pos_embed.unsqueeze(0), size, old_size=self.feat_size)

    def _turned(self, x, size):
        return x

    def forward(self, x, pre_logits=False):
        B, _, H, W = x.shape
        x = x.flatten(2).transpose(1, 2)
        first = x.mean(1, keepdim=True) if self.cls_token is None else self.cls_token.expand(B, -1, -1)
        x = self._placed(torch.cat([first, x], dim=1), (H, W))
        each = [self.q(x), self.k(x), self.v(x)] if self.qkv is None else self.qkv(x).chunk(3, dim=-1)
        q, k, v = [one.reshape(B, -1, self.num_heads, self.head_dim).transpose(1, 2) for one in each]
        x = F.scaled_dot_product_attention(self._turned(q, (H, W)), self._turned(k, (H, W)), v)
        x = self.drop(x.transpose(1, 2).reshape(B, H * W + 1, -1))
        x = x if pre_logits else self.proj(x)
        return x[:, 0] if self.pool_type == "token" else x[:, 1:].reshape(B, H, W, -1).permute(0, 3, 1, 2)
