# Where newer code finds them.
from timm.models.helpers import *
