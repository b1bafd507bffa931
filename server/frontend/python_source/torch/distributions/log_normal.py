from torch.distributions.more import LogNormal
