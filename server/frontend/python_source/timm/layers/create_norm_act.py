# Where other versions have them.
from timm.layers import *
