from torch.distributions.more import HalfNormal
