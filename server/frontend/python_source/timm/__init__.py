__version__ = "1.0.9"

from timm.models import create_model, is_model, list_models
