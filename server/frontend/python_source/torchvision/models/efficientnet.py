import math
from functools import partial

import torch
import torch.nn as nn
from torchvision.models._api import WeightsEnum, variant
from torchvision.models._utils import _make_divisible
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation
from torchvision.ops.stochastic_depth import StochasticDepth

EfficientNet_B0_Weights = EfficientNet_B1_Weights = EfficientNet_B2_Weights = EfficientNet_B3_Weights = WeightsEnum
EfficientNet_B4_Weights = EfficientNet_B5_Weights = EfficientNet_B6_Weights = EfficientNet_B7_Weights = WeightsEnum
EfficientNet_V2_S_Weights = EfficientNet_V2_M_Weights = EfficientNet_V2_L_Weights = WeightsEnum


class _MBConvConfig:
    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block):
        self.expand_ratio = expand_ratio
        self.kernel = kernel
        self.stride = stride
        self.input_channels = input_channels
        self.out_channels = out_channels
        self.num_layers = num_layers
        self.block = block

    @staticmethod
    def adjust_channels(channels, width_mult, min_value=None):
        return _make_divisible(channels * width_mult, 8, min_value)


class MBConvConfig(_MBConvConfig):
    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, width_mult=1.0,
                 depth_mult=1.0, block=None):
        super().__init__(
            expand_ratio,
            kernel,
            stride,
            self.adjust_channels(input_channels, width_mult),
            self.adjust_channels(out_channels, width_mult),
            self.adjust_depth(num_layers, depth_mult),
            block or MBConv,
        )

    @staticmethod
    def adjust_depth(num_layers, depth_mult):
        return int(math.ceil(num_layers * depth_mult))


class FusedMBConvConfig(_MBConvConfig):
    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block=None):
        super().__init__(expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block or FusedMBConv)


class _Residual(nn.Module):
    def __init__(self, cnf, layers, stochastic_depth_prob):
        super().__init__()
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        self.block = nn.Sequential(*layers)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.out_channels = cnf.out_channels

    def forward(self, input):
        result = self.block(input)
        return self.stochastic_depth(result) + input if self.use_res_connect else result


class MBConv(_Residual):
    def __init__(self, cnf, stochastic_depth_prob, norm_layer, se_layer=SqueezeExcitation):
        wide = cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        norm = {"norm_layer": norm_layer, "activation_layer": nn.SiLU}
        layers = []
        if wide != cnf.input_channels:
            layers.append(Conv2dNormActivation(cnf.input_channels, wide, kernel_size=1, **norm))
        layers += [Conv2dNormActivation(wide, wide, cnf.kernel, stride=cnf.stride, groups=wide, **norm),
                   se_layer(wide, max(1, cnf.input_channels // 4), activation=partial(nn.SiLU, inplace=True)),
                   Conv2dNormActivation(wide, cnf.out_channels, 1, norm_layer=norm_layer, activation_layer=None)]
        super().__init__(cnf, layers, stochastic_depth_prob)


class FusedMBConv(_Residual):
    def __init__(self, cnf, stochastic_depth_prob, norm_layer):
        wide = cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        narrow = wide == cnf.input_channels
        layers = [
            Conv2dNormActivation(cnf.input_channels, cnf.out_channels if narrow else wide, cnf.kernel,
                                 stride=cnf.stride, norm_layer=norm_layer, activation_layer=nn.SiLU)
        ]
        if not narrow:
            layers.append(Conv2dNormActivation(wide, cnf.out_channels, 1, norm_layer=norm_layer, activation_layer=None))
        super().__init__(cnf, layers, stochastic_depth_prob)


class EfficientNet(nn.Module):
    def __init__(self, inverted_residual_setting, dropout, stochastic_depth_prob=0.2, num_classes=1000, norm_layer=None,
                 last_channel=None):
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        norm = {"norm_layer": norm_layer, "activation_layer": nn.SiLU}
        layers = [Conv2dNormActivation(3, inverted_residual_setting[0].input_channels, stride=2, **norm)]
        total = sum(cnf.num_layers for cnf in inverted_residual_setting)
        made = 0
        for cnf in inverted_residual_setting:
            stage = []
            for i in range(cnf.num_layers):
                one = _MBConvConfig(cnf.expand_ratio, cnf.kernel, cnf.stride if i == 0 else 1,
                                    cnf.input_channels if i == 0 else cnf.out_channels, cnf.out_channels,
                                    cnf.num_layers, cnf.block)
                stage.append(cnf.block(one, stochastic_depth_prob * float(made) / total, norm_layer))
                made += 1
            layers.append(nn.Sequential(*stage))
        width = inverted_residual_setting[-1].out_channels
        last_channel = last_channel or 4 * width
        layers.append(Conv2dNormActivation(width, last_channel, kernel_size=1, **norm))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout, inplace=True), nn.Linear(last_channel, num_classes))

    def _forward_impl(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))

    def forward(self, x):
        return self._forward_impl(x)


# Expansion, kernel, stride, input and output channels and depth of each stage.
_B = [
    (1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2), (6, 3, 2, 40, 80, 3), (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4), (6, 3, 1, 192, 320, 1),
]
# The same of the second version, whose first three stages are fused.
_V2 = {
    "s": [
        (1, 3, 1, 24, 24, 2), (4, 3, 2, 24, 48, 4), (4, 3, 2, 48, 64, 4), (4, 3, 2, 64, 128, 6), (6, 3, 1, 128, 160, 9),
        (6, 3, 2, 160, 256, 15),
    ],
    "m": [
        (1, 3, 1, 24, 24, 3), (4, 3, 2, 24, 48, 5), (4, 3, 2, 48, 80, 5), (4, 3, 2, 80, 160, 7),
        (6, 3, 1, 160, 176, 14), (6, 3, 2, 176, 304, 18), (6, 3, 1, 304, 512, 5),
    ],
    "l": [
        (1, 3, 1, 32, 32, 4), (4, 3, 2, 32, 64, 7), (4, 3, 2, 64, 96, 7), (4, 3, 2, 96, 192, 10),
        (6, 3, 1, 192, 224, 19), (6, 3, 2, 224, 384, 25), (6, 3, 1, 384, 640, 7),
    ],
}


def _b(width_mult, depth_mult, dropout, **kwargs):
    setting = [MBConvConfig(*one, width_mult, depth_mult) for one in _B]
    return EfficientNet(setting, kwargs.pop("dropout", dropout), **kwargs)


def _v2(size, dropout, **kwargs):
    setting = [(FusedMBConvConfig if i < 3 else MBConvConfig)(*one) for i, one in enumerate(_V2[size])]
    kwargs.setdefault("last_channel", 1280)
    return EfficientNet(setting, kwargs.pop("dropout", dropout), **kwargs)


_large_norm = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)
_v2_norm = partial(nn.BatchNorm2d, eps=0.001)

efficientnet_b0 = variant("efficientnet_b0", _b, 1.0, 1.0, 0.2)
efficientnet_b1 = variant("efficientnet_b1", _b, 1.0, 1.1, 0.2)
efficientnet_b2 = variant("efficientnet_b2", _b, 1.1, 1.2, 0.3)
efficientnet_b3 = variant("efficientnet_b3", _b, 1.2, 1.4, 0.3)
efficientnet_b4 = variant("efficientnet_b4", _b, 1.4, 1.8, 0.4)
efficientnet_b5 = variant("efficientnet_b5", _b, 1.6, 2.2, 0.4, norm_layer=_large_norm)
efficientnet_b6 = variant("efficientnet_b6", _b, 1.8, 2.6, 0.5, norm_layer=_large_norm)
efficientnet_b7 = variant("efficientnet_b7", _b, 2.0, 3.1, 0.5, norm_layer=_large_norm)
efficientnet_v2_s = variant("efficientnet_v2_s", _v2, "s", 0.2, norm_layer=_v2_norm)
efficientnet_v2_m = variant("efficientnet_v2_m", _v2, "m", 0.3, norm_layer=_v2_norm)
efficientnet_v2_l = variant("efficientnet_v2_l", _v2, "l", 0.4, norm_layer=_v2_norm)
