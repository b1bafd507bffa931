from torch.distributions.more import Gumbel
