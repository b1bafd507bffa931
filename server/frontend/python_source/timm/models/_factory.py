from timm.models import efficientnet, resnet, vision_transformer
from timm.models._registry import _models


def safe_model_name(model_name, remove_source=True):
    return "".join([letter if letter.isalnum() else "_" for letter in model_name]).rstrip("_")


def create_model(model_name, pretrained=False, pretrained_cfg=None, checkpoint_path=None, scriptable=None,
                 exportable=None, no_jit=None, **kwargs):
    """A model that given code registers, or of timm's ResNets, EfficientNets and ViTs."""
    kwargs = {name: value for name, value in kwargs.items() if value is not None}
    name = model_name.split("/")[-1].split(".")[0]
    if name in _models:
        return _models[name](pretrained=pretrained, **kwargs)
    kwargs.pop("cache_dir", None)
    for family in (vision_transformer, resnet, efficientnet):
        made = family.by_name(name, kwargs)
        if made is not None:
            return made
    raise NotImplementedError("timm's model " + model_name + " is not part of Sconce; give its source file too")
