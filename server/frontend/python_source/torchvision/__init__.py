# Sconce's own torchvision: the networks with the names and numbers of the original, for serving alone. Nothing is
# downloaded and nothing initialised, because the weights come from the file that is served.
from torchvision import models, ops, transforms

__version__ = "0.29.2"
