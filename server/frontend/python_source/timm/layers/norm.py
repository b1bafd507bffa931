# Normalizations whose first argument is the number of channels, alone and with an activation behind.
import functools
import types

import torch
import torch.nn as nn
import torch.nn.functional as F
from timm.layers.activations import create_act_layer
from torchvision.ops.misc import FrozenBatchNorm2d


def is_fast_norm():
    return False


def set_fast_norm(enable=True):
    pass


class GroupNorm(nn.GroupNorm):
    def __init__(self, num_channels, num_groups=32, eps=1e-5, affine=True, **kwargs):
        super().__init__(num_groups, num_channels, eps=eps, affine=affine)


class GroupNorm1(nn.GroupNorm):
    def __init__(self, num_channels, eps=1e-5, affine=True, **kwargs):
        super().__init__(1, num_channels, eps=eps, affine=affine)


class LayerNorm(nn.LayerNorm):
    def __init__(self, num_channels, eps=1e-6, affine=True, **kwargs):
        super().__init__(num_channels, eps=eps, elementwise_affine=affine)


class LayerNorm2d(nn.LayerNorm):
    def __init__(self, num_channels, eps=1e-6, affine=True, **kwargs):
        super().__init__(num_channels, eps=eps, elementwise_affine=affine)

    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps).permute(0, 3, 1, 2)


LayerNormFp32, LayerNorm2dFp32, LayerNormExp2d = LayerNorm, LayerNorm2d, LayerNorm2d


def rms_norm(x, normalized_shape, weight=None, eps=1e-5):
    dims = list(range(-len(normalized_shape), 0))
    x = x * torch.rsqrt(x.pow(2).mean(dim=dims, keepdim=True) + eps)
    return x if weight is None else x * weight


class RmsNorm(nn.Module):
    def __init__(self, channels, eps=1e-6, affine=True, device=None, dtype=None):
        super().__init__()
        self.normalized_shape = (channels,) if isinstance(channels, int) else tuple(channels)
        self.eps = eps
        self.elementwise_affine = affine
        self.weight = nn.Parameter(torch.ones(self.normalized_shape)) if affine else None

    def forward(self, x):
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)


class RmsNorm2d(RmsNorm):
    def forward(self, x):
        return rms_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.eps).permute(0, 3, 1, 2)


class SimpleNorm(RmsNorm):
    """x / std(x)"""

    def forward(self, x):
        x = x * torch.rsqrt(torch.var(x, dim=-1, keepdim=True) + self.eps)
        return x if self.weight is None else x * self.weight


class SimpleNorm2d(RmsNorm):
    def forward(self, x):
        x = x * torch.rsqrt(torch.var(x, dim=1, keepdim=True) + self.eps)
        return x if self.weight is None else x * self.weight.view(1, -1, 1, 1)


RmsNormFp32, RmsNorm2dFp32, SimpleNormFp32, SimpleNorm2dFp32 = RmsNorm, RmsNorm2d, SimpleNorm, SimpleNorm2d


class _Act:
    """What a normalization with an activation has beside the normalization."""

    def _add_act(self, apply_act, act_layer, act_kwargs, inplace, drop_layer):
        self.drop = nn.Identity() if drop_layer is None else drop_layer()
        act = create_act_layer(act_layer, **{"inplace": inplace, **(act_kwargs or {})}) if apply_act else None
        self.act = nn.Identity() if act is None else act

    def forward(self, x):
        return self.act(self.drop(super().forward(x)))


class BatchNormAct2d(_Act, nn.BatchNorm2d):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, apply_act=True,
                 act_layer=nn.ReLU, act_kwargs=None, inplace=True, drop_layer=None, device=None, dtype=None):
        nn.BatchNorm2d.__init__(self, num_features, eps, momentum, affine, track_running_stats)
        self._add_act(apply_act, act_layer, act_kwargs, inplace, drop_layer)


SyncBatchNormAct = BatchNormAct2d


class FrozenBatchNormAct2d(_Act, FrozenBatchNorm2d):
    def __init__(self, num_features, eps=1e-5, apply_act=True, act_layer=nn.ReLU, act_kwargs=None, inplace=True,
                 drop_layer=None, device=None, dtype=None):
        FrozenBatchNorm2d.__init__(self, num_features, eps)
        self._add_act(apply_act, act_layer, act_kwargs, inplace, drop_layer)


class GroupNormAct(_Act, nn.GroupNorm):
    def __init__(self, num_channels, num_groups=32, eps=1e-5, affine=True, group_size=None, apply_act=True,
                 act_layer=nn.ReLU, act_kwargs=None, inplace=True, drop_layer=None, device=None, dtype=None):
        groups = num_channels // group_size if group_size else num_groups
        nn.GroupNorm.__init__(self, groups, num_channels, eps=eps, affine=affine)
        self._add_act(apply_act, act_layer, act_kwargs, inplace, drop_layer)


class GroupNorm1Act(GroupNormAct):
    def __init__(self, num_channels, eps=1e-5, affine=True, **kwargs):
        super().__init__(num_channels, 1, eps, affine, **kwargs)


class LayerNormAct(_Act, nn.LayerNorm):
    def __init__(self, normalization_shape, eps=1e-5, affine=True, apply_act=True, act_layer=nn.ReLU, act_kwargs=None,
                 inplace=True, drop_layer=None, **kwargs):
        nn.LayerNorm.__init__(self, normalization_shape, eps=eps, elementwise_affine=affine)
        self._add_act(apply_act, act_layer, act_kwargs, inplace, drop_layer)


class LayerNormAct2d(_Act, LayerNorm2d):
    def __init__(self, num_channels, eps=1e-5, affine=True, apply_act=True, act_layer=nn.ReLU, act_kwargs=None,
                 inplace=True, drop_layer=None, **kwargs):
        LayerNorm2d.__init__(self, num_channels, eps=eps, affine=affine)
        self._add_act(apply_act, act_layer, act_kwargs, inplace, drop_layer)


class RmsNormAct(_Act, RmsNorm):
    def __init__(self, num_channels, eps=1e-6, affine=True, apply_act=True, act_layer=nn.ReLU, act_kwargs=None,
                 inplace=True, drop_layer=None, **kwargs):
        RmsNorm.__init__(self, num_channels, eps=eps, affine=affine)
        self._add_act(apply_act, act_layer, act_kwargs, inplace, drop_layer)


class RmsNormAct2d(_Act, RmsNorm2d):
    def __init__(self, num_channels, eps=1e-6, affine=True, apply_act=True, act_layer=nn.ReLU, act_kwargs=None,
                 inplace=True, drop_layer=None, **kwargs):
        RmsNorm2d.__init__(self, num_channels, eps=eps, affine=affine)
        self._add_act(apply_act, act_layer, act_kwargs, inplace, drop_layer)


def convert_sync_batchnorm(module, process_group=None):
    return module  # one server has no others to share statistics with


_norms = {
    "batchnorm": nn.BatchNorm2d, "batchnorm2d": nn.BatchNorm2d, "batchnorm1d": nn.BatchNorm1d, "groupnorm": GroupNorm,
    "groupnorm1": GroupNorm1, "layernorm": LayerNorm, "layernorm2d": LayerNorm2d, "layernormfp32": LayerNorm,
    "layernorm2dfp32": LayerNorm2d, "rmsnorm": RmsNorm, "rmsnorm2d": RmsNorm2d, "rmsnormfp32": RmsNorm,
    "rmsnorm2dfp32": RmsNorm2d, "simplenorm": SimpleNorm, "simplenorm2d": SimpleNorm2d, "simplenormfp32": SimpleNorm,
    "simplenorm2dfp32": SimpleNorm2d, "frozenbatchnorm2d": FrozenBatchNorm2d,
}

_norm_acts = {
    "batchnorm": BatchNormAct2d, "batchnorm2d": BatchNormAct2d, "syncbatchnorm": BatchNormAct2d,
    "groupnorm": GroupNormAct, "groupnorm1": GroupNorm1Act, "layernorm": LayerNormAct, "layernorm2d": LayerNormAct2d,
    "layernormfp32": LayerNormAct, "layernorm2dfp32": LayerNormAct2d, "rmsnorm": RmsNormAct,
    "rmsnorm2d": RmsNormAct2d, "rmsnormfp32": RmsNormAct, "rmsnorm2dfp32": RmsNormAct2d,
}


def _unbound(layer):
    """A layer and the keywords bound to it."""
    if isinstance(layer, functools.partial):
        return layer.func, dict(layer.keywords)
    return layer, {}


def get_norm_layer(norm_layer):
    layer, keywords = _unbound(norm_layer)
    if isinstance(layer, str):
        if not layer:
            return None
        layer = _norms[layer.replace("_", "").lower()]
    return functools.partial(layer, **keywords) if keywords else layer


def create_norm_layer(layer_name, num_features, **kwargs):
    return get_norm_layer(layer_name)(num_features, **kwargs)


def get_norm_act_layer(norm_layer, act_layer=None):
    layer, keywords = _unbound(norm_layer)
    if not layer:
        return None
    if isinstance(layer, str):
        layer = _norm_acts[layer.replace("_", "").lower().split("-")[0]]
    elif isinstance(layer, type) and not issubclass(layer, _Act):
        layer = _norm_acts[layer.__name__.lower()]
    if isinstance(layer, type):
        keywords = {"act_layer": act_layer, **keywords}
    return functools.partial(layer, **keywords) if keywords else layer


def create_norm_act_layer(layer_name, num_features, act_layer=None, apply_act=True, jit=False, **kwargs):
    return get_norm_act_layer(layer_name, act_layer)(num_features, apply_act=apply_act, **kwargs)
