from torchvision.models.video.resnet import *
