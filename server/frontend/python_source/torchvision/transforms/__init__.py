from torchvision.transforms import functional
from torchvision.transforms.functional import InterpolationMode
from torchvision.transforms.transforms import *
