from torchvision.models.segmentation.deeplabv3 import *
from torchvision.models.segmentation.fcn import *
from torchvision.models.segmentation.lraspp import *
