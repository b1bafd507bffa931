# Where older code finds them.
from timm.layers import *
from timm.layers import _assert
