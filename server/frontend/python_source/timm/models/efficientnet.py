"""timm's EfficientNet."""

import functools
import math

import torch.nn as nn
from timm.layers import BatchNormAct2d, create_classifier, create_conv2d, make_divisible
from timm.models._efficientnet_blocks import DepthwiseSeparableConv, InvertedResidual, SqueezeExcite
from timm.models._features import FeatureInfo


def round_channels(channels, multiplier=1.0, divisor=8, channel_min=None, round_limit=0.9):
    return make_divisible(channels * multiplier, divisor, channel_min, round_limit) if multiplier else channels


# Of each stage: blocks, size of the kernel, stride, how much wider it is within, channels.
_stages = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
           (1, 3, 1, 6, 320))
_widths = {"b0": (1.0, 1.0), "b1": (1.0, 1.1), "b2": (1.1, 1.2), "b3": (1.2, 1.4), "b4": (1.4, 1.8), "b5": (1.6, 2.2),
           "b6": (1.8, 2.6), "b7": (2.0, 3.1), "b8": (2.2, 3.6)}


class EfficientNet(nn.Module):
    def __init__(self, width=1.0, depth=1.0, pad_type="", bn_eps=1e-5, num_classes=1000, in_chans=3, global_pool="avg",
                 drop_rate=0.0, drop_path_rate=0.0, act_layer=nn.SiLU, features_only=False,
                 out_indices=(0, 1, 2, 3, 4)):
        super().__init__()
        norm_layer = functools.partial(nn.BatchNorm2d, eps=bn_eps)
        common = {"pad_type": pad_type, "act_layer": act_layer, "norm_layer": norm_layer}
        chs = round_channels(32, width)
        self.num_classes = num_classes
        self.drop_rate = drop_rate
        self.conv_stem = create_conv2d(in_chans, chs, 3, stride=2, padding=pad_type)
        self.bn1 = BatchNormAct2d(chs, eps=bn_eps, act_layer=act_layer)
        stages, info, reduction = [], [], 2
        for i, (count, kernel, stride, wider, outs) in enumerate(_stages):
            blocks, outs = [], round_channels(outs, width)
            se_layer = functools.partial(SqueezeExcite, rd_ratio=0.25 / wider)
            for j in range(math.ceil(count * depth)):
                step = stride if j == 0 else 1
                if wider == 1:
                    blocks.append(DepthwiseSeparableConv(chs, outs, kernel, step, se_layer=se_layer, **common))
                else:
                    blocks.append(InvertedResidual(chs, outs, kernel, step, exp_ratio=float(wider), se_layer=se_layer,
                                                   **common))
                chs = outs
            stages.append(nn.Sequential(*blocks))
            reduction *= stride
            if i + 1 == len(_stages) or _stages[i + 1][2] > 1:
                info.append({"num_chs": chs, "reduction": reduction, "module": "blocks.%d" % i, "stage": i})
        self.blocks = nn.Sequential(*stages)
        self.features_only = features_only
        if features_only:
            self.feature_info = FeatureInfo(info, [len(info) + i if i < 0 else i for i in out_indices])
            self._taken = self.feature_info.get("stage")
        else:
            self.feature_info = info
            self.num_features = self.head_hidden_size = round_channels(1280, width)
            self.conv_head = create_conv2d(chs, self.num_features, 1, padding=pad_type)
            self.bn2 = BatchNormAct2d(self.num_features, eps=bn_eps, act_layer=act_layer)
            self.reset_classifier(num_classes, global_pool)

    def get_classifier(self):
        return self.classifier

    def reset_classifier(self, num_classes, global_pool="avg"):
        self.num_classes = num_classes
        self.global_pool, self.classifier = create_classifier(self.num_features, num_classes, pool_type=global_pool)

    def set_grad_checkpointing(self, enable=True):
        pass

    def forward_features(self, x):
        return self.bn2(self.conv_head(self.blocks(self.bn1(self.conv_stem(x)))))

    def forward_head(self, x, pre_logits=False):
        x = self.global_pool(x)
        return x if pre_logits else self.classifier(x)

    def forward(self, x):
        if not self.features_only:
            return self.forward_head(self.forward_features(x))
        taken, x = [], self.bn1(self.conv_stem(x))
        for i, stage in enumerate(self.blocks):
            x = stage(x)
            if i in self._taken:
                taken.append(x)
        return taken


def by_name(name, kwargs):
    """efficientnet_b0, tf_efficientnet_b4_ns, ...; None of other names."""
    parts = name.split("_")
    tf = parts[0] == "tf"
    parts = parts[1:] if tf else parts
    known = parts[0] == "efficientnet" and len(parts) in (2, 3) and parts[1] in _widths
    if not known or (len(parts) == 3 and parts[2] not in ("ns", "ap")):
        return None
    width, depth = _widths[parts[1]]
    args = {"pad_type": "same", "bn_eps": 1e-3} if tf else {}
    return EfficientNet(**{"width": width, "depth": depth, **args, **kwargs})


def _named(name):
    def make(pretrained=False, **kwargs):
        return by_name(name, kwargs)

    return make


efficientnet_b0 = _named("efficientnet_b0")
efficientnet_b1 = _named("efficientnet_b1")
efficientnet_b2 = _named("efficientnet_b2")
efficientnet_b3 = _named("efficientnet_b3")
efficientnet_b4 = _named("efficientnet_b4")
tf_efficientnet_b0 = _named("tf_efficientnet_b0")
tf_efficientnet_b0_ns = _named("tf_efficientnet_b0_ns")
tf_efficientnet_b4_ns = _named("tf_efficientnet_b4_ns")
