import torch
import torch.nn as nn
from torchvision.models._api import WeightsEnum, variant

ShuffleNet_V2_X0_5_Weights = ShuffleNet_V2_X1_0_Weights = WeightsEnum
ShuffleNet_V2_X1_5_Weights = ShuffleNet_V2_X2_0_Weights = WeightsEnum


def channel_shuffle(x, groups):
    return x.unflatten(1, (groups, x.size(1) // groups)).transpose(1, 2).flatten(1, 2)


def _dense(before, after):
    return [nn.Conv2d(before, after, 1, 1, 0, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride):
        super().__init__()
        self.stride = stride
        half = oup // 2
        if stride == 1 and inp != half * 2:
            raise ValueError(f"Invalid combination of stride {stride}, inp {inp} and oup {oup} values")
        side = []
        if stride > 1:
            side = [self.depthwise_conv(inp, inp, 3, stride, 1), nn.BatchNorm2d(inp), *_dense(inp, half)]
        self.branch1 = nn.Sequential(*side)
        self.branch2 = nn.Sequential(
            *_dense(inp if stride > 1 else half, half),
            self.depthwise_conv(half, half, 3, stride, 1),
            nn.BatchNorm2d(half),
            *_dense(half, half),
        )

    @staticmethod
    def depthwise_conv(i, o, kernel_size, stride=1, padding=0, bias=False):
        return nn.Conv2d(i, o, kernel_size, stride, padding, bias=bias, groups=i)

    def forward(self, x):
        if self.stride == 1:
            kept, changed = x.chunk(2, dim=1)
            return channel_shuffle(torch.cat((kept, self.branch2(changed)), dim=1), 2)
        return channel_shuffle(torch.cat((self.branch1(x), self.branch2(x)), dim=1), 2)


class ShuffleNetV2(nn.Module):
    def __init__(self, stages_repeats, stages_out_channels, num_classes=1000, inverted_residual=InvertedResidual):
        super().__init__()
        self._stage_out_channels = stages_out_channels
        first, *widths, last = stages_out_channels
        self.conv1 = nn.Sequential(
            nn.Conv2d(3, first, 3, 2, 1, bias=False), nn.BatchNorm2d(first), nn.ReLU(inplace=True)
        )
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        stages = []
        before = first
        for repeats, width in zip(stages_repeats, widths):
            stage = [inverted_residual(before, width, 2)]
            stage += [inverted_residual(width, width, 1) for _ in range(repeats - 1)]
            stages.append(nn.Sequential(*stage))
            before = width
        self.stage2, self.stage3, self.stage4 = stages
        self.conv5 = nn.Sequential(*_dense(before, last))
        self.fc = nn.Linear(last, num_classes)

    def _forward_impl(self, x):
        x = self.stage4(self.stage3(self.stage2(self.maxpool(self.conv1(x)))))
        return self.fc(self.conv5(x).mean([2, 3]))

    def forward(self, x):
        return self._forward_impl(x)


shufflenet_v2_x0_5 = variant("shufflenet_v2_x0_5", ShuffleNetV2, [4, 8, 4], [24, 48, 96, 192, 1024])
shufflenet_v2_x1_0 = variant("shufflenet_v2_x1_0", ShuffleNetV2, [4, 8, 4], [24, 116, 232, 464, 1024])
shufflenet_v2_x1_5 = variant("shufflenet_v2_x1_5", ShuffleNetV2, [4, 8, 4], [24, 176, 352, 704, 1024])
shufflenet_v2_x2_0 = variant("shufflenet_v2_x2_0", ShuffleNetV2, [4, 8, 4], [24, 244, 488, 976, 2048])
