from enum import Enum

import torch.nn as nn
from torch.hub import load_state_dict_from_url


class _Preparation(nn.Module):
    """Which sizes an image is brought to, each weights' own, is not kept here."""

    def forward(self, img):
        raise NotImplementedError("the transforms of weights are not served; prepare images by torchvision.transforms")


class WeightsEnum(Enum):
    """The names under which torchvision offers weights, the same for every model: the served file holds them."""

    DEFAULT = "default"
    IMAGENET1K_V1 = "imagenet1k_v1"
    IMAGENET1K_V2 = "imagenet1k_v2"
    IMAGENET1K_FEATURES = "imagenet1k_features"
    IMAGENET1K_SWAG_E2E_V1 = "imagenet1k_swag_e2e_v1"
    IMAGENET1K_SWAG_LINEAR_V1 = "imagenet1k_swag_linear_v1"
    COCO_WITH_VOC_LABELS_V1 = "coco_with_voc_labels_v1"
    KINETICS400_V1 = "kinetics400_v1"

    @classmethod
    def verify(cls, obj):
        # "ResNet18_Weights.DEFAULT" or "DEFAULT"
        return WeightsEnum[obj.split(".")[-1]] if isinstance(obj, str) else obj

    def get_state_dict(self, *args, **kwargs):
        return load_state_dict_from_url(self.value)

    def transforms(self, **kwargs):
        return _Preparation()


def asked_weights(weights, kwargs):
    """The weights a call names, be it as versions of old did: with pretrained=True, or True alone; None for none."""
    pretrained = kwargs.pop("pretrained", False)
    if isinstance(weights, bool):
        pretrained, weights = weights, None
    if weights is None:
        return WeightsEnum.IMAGENET1K_V1 if pretrained else None
    return WeightsEnum.verify(weights)


def fixed_by_weights(kwargs, name, value):
    """An argument that the weights decide; a call may name it only if it agrees."""
    if kwargs.get(name, value) != value:
        raise ValueError(f"The parameter '{name}' expected value {value} but got {kwargs[name]} instead.")
    kwargs[name] = value


BUILT = {}


def registered(name, build):
    BUILT[name] = build
    return build


def variant(name, make, *args, classes=1000, **fixed):
    """The function that makes one variant of a family: make(*args, **fixed) and what its caller adds."""

    def build(weights=None, progress=True, **kwargs):
        if asked_weights(weights, kwargs) is not None:
            fixed_by_weights(kwargs, "num_classes", classes)
        return make(*args, **{**fixed, **kwargs})

    return registered(name, build)


def list_models(module=None, include=None, exclude=None):
    return sorted(BUILT)


def get_model_builder(name):
    if name.lower() not in BUILT:
        raise ValueError(f"Unknown model {name}")
    return BUILT[name.lower()]


def get_model(name, **config):
    return get_model_builder(name)(**config)


def get_model_weights(name):
    return WeightsEnum


def get_weight(name):
    return WeightsEnum.verify(name)
