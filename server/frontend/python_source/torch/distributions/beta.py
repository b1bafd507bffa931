from torch.distributions.more import Beta
