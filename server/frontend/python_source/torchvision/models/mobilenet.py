from torchvision.models.mobilenetv3 import *

# Last, because what both have was of version 2 when this was a file of its own.
from torchvision.models.mobilenetv2 import *  # isort: skip
