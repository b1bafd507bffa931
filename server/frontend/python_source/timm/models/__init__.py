# Where most code finds them.
from timm.models._builder import build_model_with_cfg, load_pretrained, resolve_pretrained_cfg
from timm.models._manipulate import adapt_input_conv, checkpoint, checkpoint_seq, model_parameters, named_apply
from timm.models._registry import (
    generate_default_cfgs, is_model, list_models, model_entrypoint, register_model, register_model_deprecations)
from timm.models._factory import create_model, safe_model_name
from timm.models.helpers import load_checkpoint
from timm.models.vision_transformer import VisionTransformer
