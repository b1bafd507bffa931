from torch.distributions.more import MixtureSameFamily
