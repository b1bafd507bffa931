from torch.nn.utils import parametrizations, parametrize, rnn
from torch.nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from torch.nn.utils.training import clip_grad_norm, clip_grad_norm_, clip_grad_value_, skip_init
from torch.nn.utils.weight_norm import adopt_hooks, remove_weight_norm, weight_norm
