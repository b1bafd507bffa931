import torch
from torch.nn import functional as F
from torch.nn.modules.container import ModuleList, Sequential
from torch.nn.modules.linear import Linear
from torch.nn.modules.module import Module


class AdaptiveLogSoftmaxWithLoss(Module):
    # What files of older versions lack.
    head_bias = False

    def __init__(
        self, in_features, n_classes, cutoffs, div_value=4.0, head_bias=False, device=None, dtype=None
    ):
        super().__init__()
        cutoffs = list(cutoffs)
        if len(cutoffs) == 0:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        bounds = [0] + cutoffs + [n_classes]
        if any([bounds[i] >= bounds[i + 1] for i in range(len(bounds) - 1)]):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, "
                "where each value is between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = cutoffs + [n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            inner = int(in_features // div_value ** (i + 1))
            outer = self.cutoffs[i + 1] - self.cutoffs[i]
            down = Linear(in_features, inner, False, device, dtype)
            self.tail.append(Sequential(down, Linear(inner, outer, False, device, dtype)))
        self.reset_parameters()

    def reset_parameters(self):
        pass

    def forward(self, input_, target_):
        """(output, loss). All clusters are computed: only the data know which ones the targets need."""
        picked = self.log_prob(input_).gather(-1, target_.unsqueeze(-1)).squeeze(-1)
        return picked, -picked.mean()

    def log_prob(self, input):
        head = F.log_softmax(self.head(input), -1)
        parts = [head.narrow(-1, 0, self.shortlist_size)]
        for i in range(self.n_clusters):
            of_cluster = head.narrow(-1, self.shortlist_size + i, 1)
            parts.append(F.log_softmax(self.tail[i](input), -1) + of_cluster)
        return torch.cat(parts, -1)

    def predict(self, input):
        of_head = torch.argmax(self.head(input), -1)
        of_all = torch.argmax(self.log_prob(input), -1)
        return torch.where(of_head >= self.shortlist_size, of_all, of_head)
