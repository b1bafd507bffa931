import torch
import torch.nn as nn
from torchvision.models._api import WeightsEnum, variant

VGG11_Weights = VGG13_Weights = VGG16_Weights = VGG19_Weights = WeightsEnum
VGG11_BN_Weights = VGG13_BN_Weights = VGG16_BN_Weights = VGG19_BN_Weights = WeightsEnum


class VGG(nn.Module):
    def __init__(self, features, num_classes=1000, init_weights=True, dropout=0.5):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def make_layers(cfg, batch_norm=False):
    layers = []
    channels = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
            continue
        layers.append(nn.Conv2d(channels, v, kernel_size=3, padding=1))
        if batch_norm:
            layers.append(nn.BatchNorm2d(v))
        layers.append(nn.ReLU(inplace=True))
        channels = v
    return nn.Sequential(*layers)


def _stages(*repeats):
    """Each stage ends where the image is halved."""
    return [v for width, times in zip((64, 128, 256, 512, 512), repeats) for v in [width] * times + ["M"]]


cfgs = {
    "A": _stages(1, 1, 2, 2, 2),
    "B": _stages(2, 2, 2, 2, 2),
    "D": _stages(2, 2, 3, 3, 3),
    "E": _stages(2, 2, 4, 4, 4),
}


def _vgg(cfg, batch_norm, **kwargs):
    return VGG(make_layers(cfgs[cfg], batch_norm), **kwargs)


vgg11 = variant("vgg11", _vgg, "A", False)
vgg11_bn = variant("vgg11_bn", _vgg, "A", True)
vgg13 = variant("vgg13", _vgg, "B", False)
vgg13_bn = variant("vgg13_bn", _vgg, "B", True)
vgg16 = variant("vgg16", _vgg, "D", False)
vgg16_bn = variant("vgg16_bn", _vgg, "D", True)
vgg19 = variant("vgg19", _vgg, "E", False)
vgg19_bn = variant("vgg19_bn", _vgg, "E", True)
