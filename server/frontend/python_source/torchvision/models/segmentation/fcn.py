import torch.nn as nn
from torchvision.models._api import WeightsEnum
from torchvision.models.segmentation._utils import (_SimpleSegmentationModel, assembled, resnet_backbone,
                                                    segmentation_model)

FCN_ResNet50_Weights = FCN_ResNet101_Weights = WeightsEnum


class FCN(_SimpleSegmentationModel):
    pass


class FCNHead(nn.Sequential):
    def __init__(self, in_channels, channels):
        inner = in_channels // 4
        super().__init__(
            nn.Conv2d(in_channels, inner, 3, padding=1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Conv2d(inner, channels, 1),
        )


def _fcn_resnet(depth):
    return lambda num_classes, aux: assembled(FCN, FCNHead, *resnet_backbone(depth), num_classes, aux, FCNHead)


fcn_resnet50 = segmentation_model("fcn_resnet50", _fcn_resnet(50))
fcn_resnet101 = segmentation_model("fcn_resnet101", _fcn_resnet(101))
