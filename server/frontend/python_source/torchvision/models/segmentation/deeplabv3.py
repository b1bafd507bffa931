import torch
import torch.nn as nn
from torch.nn import functional as F
from torchvision.models._api import WeightsEnum
from torchvision.models.segmentation._utils import (_SimpleSegmentationModel, assembled, mobilenet_backbone,
                                                    resnet_backbone, segmentation_model)
from torchvision.models.segmentation.fcn import FCNHead

DeepLabV3_ResNet50_Weights = DeepLabV3_ResNet101_Weights = DeepLabV3_MobileNet_V3_Large_Weights = WeightsEnum


class DeepLabV3(_SimpleSegmentationModel):
    pass


class DeepLabHead(nn.Sequential):
    def __init__(self, in_channels, num_classes, atrous_rates=(12, 24, 36)):
        super().__init__(
            ASPP(in_channels, atrous_rates),
            nn.Conv2d(256, 256, 3, padding=1, bias=False),
            nn.BatchNorm2d(256),
            nn.ReLU(),
            nn.Conv2d(256, num_classes, 1),
        )


class ASPPConv(nn.Sequential):
    def __init__(self, in_channels, out_channels, dilation):
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )


class ASPPPooling(nn.Sequential):
    def __init__(self, in_channels, out_channels):
        super().__init__(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )

    def forward(self, x):
        size = x.shape[-2:]
        for module in self:
            x = module(x)
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


class ASPP(nn.Module):
    def __init__(self, in_channels, atrous_rates, out_channels=256):
        super().__init__()
        near = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU()
        )
        wide = [ASPPConv(in_channels, out_channels, rate) for rate in tuple(atrous_rates)]
        self.convs = nn.ModuleList([near, *wide, ASPPPooling(in_channels, out_channels)])
        self.project = nn.Sequential(
            nn.Conv2d(len(self.convs) * out_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Dropout(0.5),
        )

    def forward(self, x):
        return self.project(torch.cat([conv(x) for conv in self.convs], dim=1))


def _resnet(depth):
    return lambda num_classes, aux: assembled(DeepLabV3, DeepLabHead, *resnet_backbone(depth), num_classes, aux,
                                              FCNHead)


def _mobilenet(num_classes, aux):
    backbone, (out, helper) = mobilenet_backbone(-1, -4)
    sources = {"out": out, "aux": helper}
    return assembled(DeepLabV3, DeepLabHead, backbone, sources, num_classes, aux, FCNHead)


deeplabv3_resnet50 = segmentation_model("deeplabv3_resnet50", _resnet(50))
deeplabv3_resnet101 = segmentation_model("deeplabv3_resnet101", _resnet(101))
deeplabv3_mobilenet_v3_large = segmentation_model("deeplabv3_mobilenet_v3_large", _mobilenet)
