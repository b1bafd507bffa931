# Where other versions have it.
from timm.models.vision_transformer import Attention
