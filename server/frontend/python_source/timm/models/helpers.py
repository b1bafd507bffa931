# Where older code finds them.
from timm.models._builder import *
from timm.models._builder import _update_default_kwargs, _update_default_model_kwargs
from timm.models._manipulate import *


def load_checkpoint(model, *args, **kwargs):
    pass


def clean_state_dict(state_dict):
    return {name[7:] if name.startswith("module.") else name: value for name, value in state_dict.items()}
