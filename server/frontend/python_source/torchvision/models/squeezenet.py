import torch
import torch.nn as nn
from torchvision.models._api import WeightsEnum, variant

SqueezeNet1_0_Weights = SqueezeNet1_1_Weights = WeightsEnum


class Fire(nn.Module):
    def __init__(self, inplanes, squeeze_planes, expand1x1_planes, expand3x3_planes):
        super().__init__()
        self.inplanes = inplanes
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, kernel_size=1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, kernel_size=1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, kernel_size=3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.squeeze_activation(self.squeeze(x))
        one = self.expand1x1_activation(self.expand1x1(x))
        return torch.cat([one, self.expand3x3_activation(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self, version="1_0", num_classes=1000, dropout=0.5):
        super().__init__()
        self.num_classes = num_classes
        if version not in ("1_0", "1_1"):
            raise ValueError(f"Unsupported SqueezeNet version {version}: 1_0 or 1_1 expected")
        # Before which of the Fire modules the image is halved.
        kernel, width, halved = (7, 96, (0, 3, 7)) if version == "1_0" else (3, 64, (0, 2, 4))
        features = [nn.Conv2d(3, width, kernel_size=kernel, stride=2), nn.ReLU(inplace=True)]
        for i, squeeze in enumerate((16, 16, 32, 32, 48, 48, 64, 64)):
            if i in halved:
                features.append(nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True))
            features.append(Fire(width, squeeze, squeeze * 4, squeeze * 4))
            width = squeeze * 8
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout),
            nn.Conv2d(512, num_classes, kernel_size=1),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d((1, 1)),
        )

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


squeezenet1_0 = variant("squeezenet1_0", SqueezeNet, "1_0")
squeezenet1_1 = variant("squeezenet1_1", SqueezeNet, "1_1")
