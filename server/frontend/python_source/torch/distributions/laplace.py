from torch.distributions.more import Laplace
