# Where older code finds them.
from timm.models._registry import *
