"""timm's ResNet and its kin: ResNeXt, SE-ResNet and those of deep stems."""

import math

import torch.nn as nn
from timm.layers import AvgPool2dSame, create_aa, create_attn, create_classifier, get_act_layer, get_norm_layer
from timm.models._builder import build_model_with_cfg
from timm.models._features import FeatureInfo


def get_padding(kernel_size, stride, dilation=1):
    return ((stride - 1) + dilation * (kernel_size - 1)) // 2


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None, cardinality=1, base_width=64, reduce_first=1,
                 dilation=1, first_dilation=None, act_layer=nn.ReLU, norm_layer=nn.BatchNorm2d, attn_layer=None,
                 aa_layer=None, drop_block=None, drop_path=None, device=None, dtype=None):
        super().__init__()
        first, planes = planes // reduce_first, planes * self.expansion
        spread = first_dilation or dilation
        blurs = aa_layer is not None and (stride == 2 or spread != dilation)
        self.conv1 = nn.Conv2d(inplanes, first, 3, 1 if blurs else stride, spread, spread, bias=False)
        self.bn1 = norm_layer(first)
        self.drop_block = nn.Identity() if drop_block is None else drop_block()
        self.act1 = act_layer(inplace=True)
        self.aa = create_aa(aa_layer, channels=first, stride=stride, enable=blurs)
        self.conv2 = nn.Conv2d(first, planes, 3, 1, dilation, dilation, bias=False)
        self.bn2 = norm_layer(planes)
        self.se = create_attn(attn_layer, planes)
        self.act2 = act_layer(inplace=True)
        self.downsample = downsample
        self.stride = stride
        self.dilation = dilation
        self.drop_path = drop_path

    def zero_init_last(self):
        pass

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.aa(self.act1(self.drop_block(self.bn1(self.conv1(x)))))
        x = self.bn2(self.conv2(x))
        x = x if self.se is None else self.se(x)
        return self.act2(x + shortcut)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, cardinality=1, base_width=64, reduce_first=1,
                 dilation=1, first_dilation=None, act_layer=nn.ReLU, norm_layer=nn.BatchNorm2d, attn_layer=None,
                 aa_layer=None, drop_block=None, drop_path=None, device=None, dtype=None):
        super().__init__()
        width = int(math.floor(planes * (base_width / 64)) * cardinality)
        first, planes = width // reduce_first, planes * self.expansion
        spread = first_dilation or dilation
        blurs = aa_layer is not None and (stride == 2 or spread != dilation)
        self.conv1 = nn.Conv2d(inplanes, first, 1, bias=False)
        self.bn1 = norm_layer(first)
        self.act1 = act_layer(inplace=True)
        self.conv2 = nn.Conv2d(first, width, 3, 1 if blurs else stride, spread, spread, cardinality, bias=False)
        self.bn2 = norm_layer(width)
        self.drop_block = nn.Identity() if drop_block is None else drop_block()
        self.act2 = act_layer(inplace=True)
        self.aa = create_aa(aa_layer, channels=width, stride=stride, enable=blurs)
        self.conv3 = nn.Conv2d(width, planes, 1, bias=False)
        self.bn3 = norm_layer(planes)
        self.se = create_attn(attn_layer, planes)
        self.act3 = act_layer(inplace=True)
        self.downsample = downsample
        self.stride = stride
        self.dilation = dilation
        self.drop_path = drop_path

    def zero_init_last(self):
        pass

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.act1(self.bn1(self.conv1(x)))
        x = self.aa(self.act2(self.drop_block(self.bn2(self.conv2(x)))))
        x = self.bn3(self.conv3(x))
        x = x if self.se is None else self.se(x)
        return self.act3(x + shortcut)


def downsample_conv(in_channels, out_channels, kernel_size, stride=1, dilation=1, first_dilation=None,
                    norm_layer=nn.BatchNorm2d):
    kernel_size = 1 if stride == 1 and dilation == 1 else kernel_size
    spread = (first_dilation or dilation) if kernel_size > 1 else 1
    padding = get_padding(kernel_size, stride, spread)
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, spread, bias=False)
    return nn.Sequential(conv, norm_layer(out_channels))


def downsample_avg(in_channels, out_channels, kernel_size, stride=1, dilation=1, first_dilation=None,
                   norm_layer=nn.BatchNorm2d):
    pool_stride = stride if dilation == 1 else 1
    if stride == 1 and dilation == 1:
        pool = nn.Identity()
    else:
        kind = AvgPool2dSame if pool_stride == 1 else nn.AvgPool2d
        pool = kind(2, pool_stride, ceil_mode=True, count_include_pad=False)
    return nn.Sequential(pool, nn.Conv2d(in_channels, out_channels, 1, bias=False), norm_layer(out_channels))


class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000, in_chans=3, output_stride=32, global_pool="avg", cardinality=1,
                 base_width=64, stem_width=64, stem_type="", replace_stem_pool=False, block_reduce_first=1,
                 down_kernel_size=1, avg_down=False, channels=(64, 128, 256, 512), act_layer=nn.ReLU,
                 norm_layer=nn.BatchNorm2d, aa_layer=None, drop_rate=0.0, drop_path_rate=0.0, drop_block_rate=0.0,
                 zero_init_last=True, block_args=None, features_only=False, out_indices=(0, 1, 2, 3, 4), device=None,
                 dtype=None):
        super().__init__()
        act_layer, norm_layer = get_act_layer(act_layer), get_norm_layer(norm_layer)
        self.num_classes = num_classes
        self.in_chans = in_chans
        self.drop_rate = drop_rate
        self.grad_checkpointing = False
        inplanes = stem_width * 2 if "deep" in stem_type else 64
        if "deep" in stem_type:
            first = 3 * (stem_width // 4) if "tiered" in stem_type else stem_width
            self.conv1 = nn.Sequential(
                nn.Conv2d(in_chans, first, 3, 2, 1, bias=False), norm_layer(first), act_layer(inplace=True),
                nn.Conv2d(first, stem_width, 3, 1, 1, bias=False), norm_layer(stem_width), act_layer(inplace=True),
                nn.Conv2d(stem_width, inplanes, 3, 1, 1, bias=False))
        else:
            self.conv1 = nn.Conv2d(in_chans, inplanes, 7, 2, 3, bias=False)
        self.bn1 = norm_layer(inplanes)
        self.act1 = act_layer(inplace=True)
        info = [{"num_chs": inplanes, "reduction": 2, "module": "act1"}]
        self.maxpool = self._stem_pool(inplanes, replace_stem_pool, aa_layer, norm_layer, act_layer)
        net_stride, dilation, before = 4, 1, 1
        blocks = block if isinstance(block, (list, tuple)) else [block] * len(channels)
        for i, (made, planes, count) in enumerate(zip(blocks, channels, layers)):
            stride = 1 if i == 0 else 2
            if net_stride >= output_stride:
                dilation, stride = dilation * stride, 1
            else:
                net_stride *= stride
            down = None
            if stride != 1 or inplanes != planes * made.expansion:
                make = downsample_avg if avg_down else downsample_conv
                down = make(inplanes, planes * made.expansion, down_kernel_size, stride, dilation, before, norm_layer)
            stage = []
            for j in range(count):
                stage.append(made(inplanes, planes, stride if j == 0 else 1, down if j == 0 else None,
                                  cardinality=cardinality, base_width=base_width, reduce_first=block_reduce_first,
                                  dilation=dilation, first_dilation=before, act_layer=act_layer, norm_layer=norm_layer,
                                  aa_layer=aa_layer, **(block_args or {})))
                before, inplanes = dilation, planes * made.expansion
            self.add_module("layer%d" % (i + 1), nn.Sequential(*stage))
            info.append({"num_chs": inplanes, "reduction": net_stride, "module": "layer%d" % (i + 1)})
        self.num_features = inplanes
        self.features_only = features_only
        self.out_indices = [len(info) + i if i < 0 else i for i in out_indices]
        if features_only:
            info = FeatureInfo(info, self.out_indices)
            for i in range(max(self.out_indices), 4):  # what nobody asks for is not there
                delattr(self, "layer%d" % (i + 1))
        else:
            self.global_pool, self.fc = create_classifier(inplanes, num_classes, pool_type=global_pool)
            self.head_hidden_size = inplanes * self.global_pool.feat_mult()
        self.feature_info = info

    def _stem_pool(self, inplanes, replace_stem_pool, aa_layer, norm_layer, act_layer):
        if replace_stem_pool:
            parts = [nn.Conv2d(inplanes, inplanes, 3, 1 if aa_layer else 2, 1, bias=False)]
            parts += [create_aa(aa_layer, channels=inplanes, stride=2)] if aa_layer is not None else []
            return nn.Sequential(*parts, norm_layer(inplanes), act_layer(inplace=True))
        if aa_layer is None:
            return nn.MaxPool2d(3, 2, 1)
        if aa_layer is nn.AvgPool2d:
            return aa_layer(2)
        return nn.Sequential(nn.MaxPool2d(3, 1, 1), aa_layer(channels=inplanes, stride=2))

    def init_weights(self, zero_init_last=True):
        pass

    def set_grad_checkpointing(self, enable=True):
        pass

    def get_classifier(self, name_only=False):
        return "fc" if name_only else self.fc

    def reset_classifier(self, num_classes, global_pool="avg"):
        self.num_classes = num_classes
        self.global_pool, self.fc = create_classifier(self.num_features, num_classes, pool_type=global_pool)

    def _levels(self, x):
        x = self.act1(self.bn1(self.conv1(x)))
        levels = [x]
        x = self.maxpool(x)
        for i in range(1, 5):
            if hasattr(self, "layer%d" % i):
                x = getattr(self, "layer%d" % i)(x)
                levels.append(x)
        return levels

    def forward_features(self, x):
        return self._levels(x)[-1]

    def forward_head(self, x, pre_logits=False):
        x = self.global_pool(x)
        return x if pre_logits else self.fc(x)

    def forward(self, x):
        if self.features_only:
            levels = self._levels(x)
            return [levels[i] for i in sorted(self.out_indices)]
        return self.forward_head(self.forward_features(x))


def _cfg(url="", **kwargs):
    return {"url": url, "num_classes": 1000, "input_size": (3, 224, 224), "pool_size": (7, 7), "crop_pct": 0.875,
            "interpolation": "bilinear", "first_conv": "conv1", "classifier": "fc", **kwargs}


def _create_resnet(variant, pretrained=False, **kwargs):
    return build_model_with_cfg(ResNet, variant, pretrained, **kwargs)


_layers = {"10": (1, 1, 1, 1), "14": (1, 1, 1, 1), "18": (2, 2, 2, 2), "26": (2, 2, 2, 2), "34": (3, 4, 6, 3),
           "50": (3, 4, 6, 3), "101": (3, 4, 23, 3), "152": (3, 8, 36, 3), "200": (3, 24, 36, 3)}
_stems = {"": {}, "c": {"stem_width": 32, "stem_type": "deep"}, "s": {"stem_width": 64, "stem_type": "deep"},
          "d": {"stem_width": 32, "stem_type": "deep", "avg_down": True},
          "t": {"stem_width": 32, "stem_type": "deep_tiered", "avg_down": True}}


def by_name(name, kwargs):
    """resnet50, resnet26d, wide_resnet50_2, resnext50_32x4d, seresnet50, ...; None of other names."""
    args, rest = {}, name
    if rest.startswith("wide_") and rest.endswith("_2"):
        args["base_width"] = 128
        rest = rest[5:-2]
    if rest.startswith("tv_"):
        rest = rest[3:]
    for prefix in ("se", "eca"):
        if rest.startswith(prefix + "res"):
            args["block_args"] = {"attn_layer": prefix}
            rest = rest[len(prefix):]
    if rest.startswith("resnext") and "_" in rest:
        rest, groups = rest[7:].split("_")[:2]
        args["cardinality"], args["base_width"] = [int(part) for part in groups[:-1].split("x")]
    elif rest.startswith("resnet"):
        rest = rest[6:]
    else:
        return None
    stem = rest[-1:] if rest[-1:] in ("c", "d", "s", "t") else ""
    depth = rest[:len(rest) - len(stem)]
    if depth not in _layers:
        return None
    basic = depth in ("10", "18", "34")
    return ResNet(**{"block": BasicBlock if basic else Bottleneck, "layers": _layers[depth], **_stems[stem], **args,
                     **kwargs})


def _named(name):
    def make(pretrained=False, **kwargs):
        return by_name(name, kwargs)

    return make


resnet18 = _named("resnet18")
resnet18d = _named("resnet18d")
resnet26 = _named("resnet26")
resnet26d = _named("resnet26d")
resnet34 = _named("resnet34")
resnet34d = _named("resnet34d")
resnet50 = _named("resnet50")
resnet50d = _named("resnet50d")
resnet101 = _named("resnet101")
resnet101d = _named("resnet101d")
resnet152 = _named("resnet152")
resnet152d = _named("resnet152d")
wide_resnet50_2 = _named("wide_resnet50_2")
resnext50_32x4d = _named("resnext50_32x4d")
seresnet50 = _named("seresnet50")
