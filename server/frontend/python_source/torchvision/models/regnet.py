import math
from collections import OrderedDict

import torch.nn as nn
from torchvision.models._api import WeightsEnum, variant
from torchvision.models._utils import _make_divisible
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation

RegNet_Y_400MF_Weights = RegNet_Y_800MF_Weights = RegNet_Y_1_6GF_Weights = RegNet_Y_3_2GF_Weights = WeightsEnum
RegNet_Y_8GF_Weights = RegNet_Y_16GF_Weights = RegNet_Y_32GF_Weights = RegNet_Y_128GF_Weights = WeightsEnum
RegNet_X_400MF_Weights = RegNet_X_800MF_Weights = RegNet_X_1_6GF_Weights = RegNet_X_3_2GF_Weights = WeightsEnum
RegNet_X_8GF_Weights = RegNet_X_16GF_Weights = RegNet_X_32GF_Weights = WeightsEnum


class SimpleStemIN(Conv2dNormActivation):
    def __init__(self, width_in, width_out, norm_layer, activation_layer):
        super().__init__(width_in, width_out, 3, 2, norm_layer=norm_layer, activation_layer=activation_layer)


class BottleneckTransform(nn.Sequential):
    def __init__(self, width_in, width_out, stride, norm_layer, activation_layer, group_width, bottleneck_multiplier,
                 se_ratio):
        width = int(round(width_out * bottleneck_multiplier))
        norm = {"norm_layer": norm_layer, "activation_layer": activation_layer}
        layers = [
            ("a", Conv2dNormActivation(width_in, width, 1, **norm)),
            ("b", Conv2dNormActivation(width, width, 3, stride, groups=width // group_width, **norm)),
        ]
        if se_ratio:
            squeezed = int(round(se_ratio * width_in))
            layers.append(("se", SqueezeExcitation(width, squeezed, activation=activation_layer)))
        last = Conv2dNormActivation(width, width_out, 1, norm_layer=norm_layer, activation_layer=None)
        super().__init__(OrderedDict(layers + [("c", last)]))


class ResBottleneckBlock(nn.Module):
    def __init__(self, width_in, width_out, stride, norm_layer, activation_layer, group_width=1,
                 bottleneck_multiplier=1.0, se_ratio=None):
        super().__init__()
        self.proj = None
        if width_in != width_out or stride != 1:
            self.proj = Conv2dNormActivation(width_in, width_out, 1, stride, norm_layer=norm_layer,
                                             activation_layer=None)
        self.f = BottleneckTransform(width_in, width_out, stride, norm_layer, activation_layer, group_width,
                                     bottleneck_multiplier, se_ratio)
        self.activation = activation_layer(inplace=True)

    def forward(self, x):
        return self.activation((x if self.proj is None else self.proj(x)) + self.f(x))


class AnyStage(nn.Sequential):
    def __init__(self, width_in, width_out, stride, depth, block_constructor, norm_layer, activation_layer, group_width,
                 bottleneck_multiplier, se_ratio=None, stage_index=0):
        super().__init__()
        for i in range(depth):
            block = block_constructor(width_in if i == 0 else width_out, width_out, stride if i == 0 else 1, norm_layer,
                                      activation_layer, group_width, bottleneck_multiplier, se_ratio)
            self.add_module(f"block{stage_index}-{i}", block)


class BlockParams:
    def __init__(self, depths, widths, group_widths, bottleneck_multipliers, strides, se_ratio=None):
        self.depths = depths
        self.widths = widths
        self.group_widths = group_widths
        self.bottleneck_multipliers = bottleneck_multipliers
        self.strides = strides
        self.se_ratio = se_ratio

    @classmethod
    def from_init_params(cls, depth, w_0, w_a, w_m, group_width, bottleneck_multiplier=1.0, se_ratio=None, **kwargs):
        """Widths that grow linearly, each rounded to a power of w_m: blocks of one width make a stage."""
        rounded = []
        for i in range(depth):
            power = round(math.log((w_0 + w_a * i) / w_0) / math.log(w_m))
            rounded.append(int(round(w_0 * w_m**power / 8) * 8))
        widths, depths, groups = [], [], []
        for width in sorted(set(rounded)):
            inner = int(width * bottleneck_multiplier)
            group = min(group_width, inner)
            widths.append(int(_make_divisible(inner, group) / bottleneck_multiplier))
            groups.append(group)
            depths.append(rounded.count(width))
        count = len(widths)
        return cls(depths, widths, groups, [bottleneck_multiplier] * count, [2] * count, se_ratio)

    def _get_expanded_params(self):
        return zip(self.widths, self.strides, self.depths, self.group_widths, self.bottleneck_multipliers)


class RegNet(nn.Module):
    def __init__(self, block_params, num_classes=1000, stem_width=32, stem_type=None, block_type=None, norm_layer=None,
                 activation=None):
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        activation = activation or nn.ReLU
        self.stem = (stem_type or SimpleStemIN)(3, stem_width, norm_layer, activation)
        before = stem_width
        stages = []
        for i, (width, stride, depth, *more) in enumerate(block_params._get_expanded_params()):
            block = block_type or ResBottleneckBlock
            stage = AnyStage(before, width, stride, depth, block, norm_layer, activation, *more, block_params.se_ratio,
                             i + 1)
            stages.append((f"block{i + 1}", stage))
            before = width
        self.trunk_output = nn.Sequential(OrderedDict(stages))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(before, num_classes)

    def forward(self, x):
        return self.fc(self.avgpool(self.trunk_output(self.stem(x))).flatten(start_dim=1))


def _regnet(depth, w_0, w_a, w_m, group_width, se_ratio=None, **kwargs):
    return RegNet(BlockParams.from_init_params(depth, w_0, w_a, w_m, group_width, se_ratio=se_ratio), **kwargs)


regnet_y_400mf = variant("regnet_y_400mf", _regnet, 16, 48, 27.89, 2.09, 8, se_ratio=0.25)
regnet_y_800mf = variant("regnet_y_800mf", _regnet, 14, 56, 38.84, 2.4, 16, se_ratio=0.25)
regnet_y_1_6gf = variant("regnet_y_1_6gf", _regnet, 27, 48, 20.71, 2.65, 24, se_ratio=0.25)
regnet_y_3_2gf = variant("regnet_y_3_2gf", _regnet, 21, 80, 42.63, 2.66, 24, se_ratio=0.25)
regnet_y_8gf = variant("regnet_y_8gf", _regnet, 17, 192, 76.82, 2.19, 56, se_ratio=0.25)
regnet_y_16gf = variant("regnet_y_16gf", _regnet, 18, 200, 106.23, 2.48, 112, se_ratio=0.25)
regnet_y_32gf = variant("regnet_y_32gf", _regnet, 20, 232, 115.89, 2.53, 232, se_ratio=0.25)
regnet_y_128gf = variant("regnet_y_128gf", _regnet, 27, 456, 160.83, 2.52, 264, se_ratio=0.25)
regnet_x_400mf = variant("regnet_x_400mf", _regnet, 22, 24, 24.48, 2.54, 16)
regnet_x_800mf = variant("regnet_x_800mf", _regnet, 16, 56, 35.73, 2.28, 16)
regnet_x_1_6gf = variant("regnet_x_1_6gf", _regnet, 18, 80, 34.01, 2.25, 24)
regnet_x_3_2gf = variant("regnet_x_3_2gf", _regnet, 25, 88, 26.31, 2.25, 48)
regnet_x_8gf = variant("regnet_x_8gf", _regnet, 23, 80, 49.56, 2.88, 120)
regnet_x_16gf = variant("regnet_x_16gf", _regnet, 22, 216, 55.59, 2.1, 128)
regnet_x_32gf = variant("regnet_x_32gf", _regnet, 23, 320, 69.86, 2.0, 168)
