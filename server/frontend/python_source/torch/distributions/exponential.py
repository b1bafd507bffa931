from torch.distributions.more import Exponential
