from torch.distributions.more import Dirichlet
