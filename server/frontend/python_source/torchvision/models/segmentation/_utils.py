from collections import OrderedDict

import torch.nn as nn
from torch.nn import functional as F
from torchvision.models import mobilenetv3, resnet
from torchvision.models._api import asked_weights, fixed_by_weights, registered
from torchvision.models._utils import IntermediateLayerGetter


class _SimpleSegmentationModel(nn.Module):
    def __init__(self, backbone, classifier, aux_classifier=None):
        super().__init__()
        self.backbone = backbone
        self.classifier = classifier
        self.aux_classifier = aux_classifier

    def forward(self, x):
        size = x.shape[-2:]
        features = self.backbone(x)
        result = OrderedDict()
        out = self.classifier(features["out"])
        result["out"] = F.interpolate(out, size=size, mode="bilinear", align_corners=False)
        if self.aux_classifier is not None:
            aux = self.aux_classifier(features["aux"])
            result["aux"] = F.interpolate(aux, size=size, mode="bilinear", align_corners=False)
        return result


def resnet_backbone(depth):
    """A network, and the layers and widths of the features for the classifier and for the auxiliary one."""
    make = {50: resnet.resnet50, 101: resnet.resnet101}[depth]
    return make(replace_stride_with_dilation=[False, True, True]), {"out": ("layer4", 2048), "aux": ("layer3", 1024)}


def mobilenet_backbone(*places):
    """The layers, and the names and widths of those wanted: of the ends, and where the image is halved, in order."""
    backbone = mobilenetv3.mobilenet_v3_large(dilated=True).features
    ends = [0] + [i for i, block in enumerate(backbone) if getattr(block, "_is_cn", False)] + [len(backbone) - 1]
    return backbone, [(str(ends[place]), backbone[ends[place]].out_channels) for place in places]


def segmentation_model(name, make):
    """The function for make(num_classes, aux): the weights of COCO have 21 classes and the auxiliary classifier."""

    def build(weights=None, progress=True, num_classes=None, aux_loss=None, weights_backbone=None, **kwargs):
        kwargs.pop("pretrained_backbone", None)
        if asked_weights(weights, kwargs) is not None:
            given = {} if num_classes is None else {"num_classes": num_classes}
            fixed_by_weights(given, "num_classes", 21)
            aux_loss = True if aux_loss is None else aux_loss
        return make(num_classes or 21, aux_loss, **kwargs)

    return registered(name, build)


def assembled(kind, head, backbone, sources, num_classes, aux, aux_head):
    """A model of the kind around the features of a backbone."""
    layers = {sources["out"][0]: "out"}
    if aux:
        layers[sources["aux"][0]] = "aux"
    features = IntermediateLayerGetter(backbone, return_layers=layers)
    aux_classifier = aux_head(sources["aux"][1], num_classes) if aux else None
    return kind(features, head(sources["out"][1], num_classes), aux_classifier)
