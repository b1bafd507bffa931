from torch.distributions.more import RelaxedBernoulli
