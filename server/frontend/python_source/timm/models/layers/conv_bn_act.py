# Where older code finds them.
from timm.layers import *
