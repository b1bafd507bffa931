import torch.nn as nn
from torchvision.models._api import WeightsEnum, variant

MNASNet0_5_Weights = MNASNet0_75_Weights = MNASNet1_0_Weights = MNASNet1_3_Weights = WeightsEnum

_BN_MOMENTUM = 1 - 0.9997


def _conv(before, after, momentum, kernel_size=1, stride=1, groups=1):
    conv = nn.Conv2d(before, after, kernel_size, stride=stride, padding=kernel_size // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(after, momentum=momentum)]


class _InvertedResidual(nn.Module):
    def __init__(self, in_ch, out_ch, kernel_size, stride, expansion_factor, bn_momentum=0.1):
        super().__init__()
        wide = in_ch * expansion_factor
        self.apply_residual = in_ch == out_ch and stride == 1
        self.layers = nn.Sequential(
            *_conv(in_ch, wide, bn_momentum),
            nn.ReLU(inplace=True),
            *_conv(wide, wide, bn_momentum, kernel_size, stride, wide),
            nn.ReLU(inplace=True),
            *_conv(wide, out_ch, bn_momentum),
        )

    def forward(self, input):
        return self.layers(input) + input if self.apply_residual else self.layers(input)


def _stack(in_ch, out_ch, kernel_size, stride, exp_factor, repeats, bn_momentum):
    layers = [_InvertedResidual(in_ch, out_ch, kernel_size, stride, exp_factor, bn_momentum)]
    for _ in range(1, repeats):
        layers.append(_InvertedResidual(out_ch, out_ch, kernel_size, 1, exp_factor, bn_momentum))
    return nn.Sequential(*layers)


def _get_depths(alpha):
    """The channels of each stage, scaled to multiples of 8, none more than a tenth below."""
    depths = []
    for depth in (32, 16, 24, 40, 80, 96, 192, 320):
        made = max(8, int(depth * alpha + 4) // 8 * 8)
        depths.append(made if made >= 0.9 * depth * alpha else made + 8)
    return depths


class MNASNet(nn.Module):
    def __init__(self, alpha, num_classes=1000, dropout=0.2):
        super().__init__()
        self.alpha = alpha
        self.num_classes = num_classes
        depths = _get_depths(alpha)
        layers = [
            *_conv(3, depths[0], _BN_MOMENTUM, 3, 2),
            nn.ReLU(inplace=True),
            *_conv(depths[0], depths[0], _BN_MOMENTUM, 3, 1, depths[0]),
            nn.ReLU(inplace=True),
            *_conv(depths[0], depths[1], _BN_MOMENTUM),
        ]
        # Kernel, stride, expansion, repeats.
        stacks = ((3, 2, 3, 3), (5, 2, 3, 3), (5, 2, 6, 3), (3, 1, 6, 2), (5, 2, 6, 4), (3, 1, 6, 1))
        for before, after, stack in zip(depths[1:], depths[2:], stacks):
            layers.append(_stack(before, after, *stack, _BN_MOMENTUM))
        layers += [*_conv(depths[-1], 1280, _BN_MOMENTUM), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout, inplace=True), nn.Linear(1280, num_classes))

    def forward(self, x):
        return self.classifier(self.layers(x).mean([2, 3]))


mnasnet0_5 = variant("mnasnet0_5", MNASNet, 0.5)
mnasnet0_75 = variant("mnasnet0_75", MNASNet, 0.75)
mnasnet1_0 = variant("mnasnet1_0", MNASNet, 1.0)
mnasnet1_3 = variant("mnasnet1_3", MNASNet, 1.3)
