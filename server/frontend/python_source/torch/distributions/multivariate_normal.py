from torch.distributions.more import MultivariateNormal
