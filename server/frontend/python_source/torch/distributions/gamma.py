from torch.distributions.more import Gamma
