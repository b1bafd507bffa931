from torch.distributions.more import StudentT
