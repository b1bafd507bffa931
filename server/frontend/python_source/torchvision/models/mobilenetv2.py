import torch.nn as nn
from torchvision.models._api import WeightsEnum, variant
from torchvision.models._utils import _make_divisible
from torchvision.ops.misc import Conv2dNormActivation

MobileNet_V2_Weights = WeightsEnum


class ConvBNReLU(Conv2dNormActivation):
    """By its name in older versions."""

    def __init__(self, in_planes, out_planes, kernel_size=3, stride=1, groups=1, norm_layer=None, activation_layer=None,
                 dilation=1):
        norm = {"norm_layer": norm_layer or nn.BatchNorm2d, "activation_layer": activation_layer or nn.ReLU6}
        super().__init__(in_planes, out_planes, kernel_size, stride, groups=groups, dilation=dilation, **norm)


ConvBNActivation = ConvBNReLU


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride, expand_ratio, norm_layer=None):
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        self.stride = stride
        self.use_res_connect = stride == 1 and inp == oup
        self.out_channels = oup
        self._is_cn = stride > 1
        hidden = int(round(inp * expand_ratio))
        norm = {"norm_layer": norm_layer, "activation_layer": nn.ReLU6}
        layers = [Conv2dNormActivation(inp, hidden, kernel_size=1, **norm)] if expand_ratio != 1 else []
        layers += [
            Conv2dNormActivation(hidden, hidden, stride=stride, groups=hidden, **norm),
            nn.Conv2d(hidden, oup, 1, 1, 0, bias=False),
            norm_layer(oup),
        ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self, num_classes=1000, width_mult=1.0, inverted_residual_setting=None, round_nearest=8, block=None,
                 norm_layer=None, dropout=0.2):
        super().__init__()
        block = block or InvertedResidual
        norm_layer = norm_layer or nn.BatchNorm2d
        # Expansion, channels, repeats and stride.
        setting = inverted_residual_setting or [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2],
                                                [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]
        norm = {"norm_layer": norm_layer, "activation_layer": nn.ReLU6}
        width = _make_divisible(32 * width_mult, round_nearest)
        self.last_channel = _make_divisible(1280 * max(1.0, width_mult), round_nearest)
        features = [Conv2dNormActivation(3, width, stride=2, **norm)]
        for expansion, channels, repeats, stride in setting:
            channels = _make_divisible(channels * width_mult, round_nearest)
            for i in range(repeats):
                features.append(block(width, channels, stride if i == 0 else 1, expansion, norm_layer=norm_layer))
                width = channels
        features.append(Conv2dNormActivation(width, self.last_channel, kernel_size=1, **norm))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(self.last_channel, num_classes))

    def _forward_impl(self, x):
        x = nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(x.flatten(1))

    def forward(self, x):
        return self._forward_impl(x)


mobilenet_v2 = variant("mobilenet_v2", MobileNetV2)
