from torch.distributions.more import Poisson
