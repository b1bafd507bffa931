# Where older code finds them.
from timm.models._efficientnet_blocks import *
