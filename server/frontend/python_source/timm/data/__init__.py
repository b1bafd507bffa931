# What models say of their inputs.
from timm.data.constants import *
