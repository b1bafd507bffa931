import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(n)])
        self.steps = {f"k{i}": i ** 2 for i in range(n)}

    def forward(self, x, mask=None):
        total = 0
        for i in range(x.size(0)):
            if mask is not None and mask[i].item() > 0.5:
                continue
            total += i
            if total > 3:
                break
        while x.sum() < 3:
            x = x * 2 + 1
        parts = []
        for layer in self.layers:
            parts.append(layer(x)[..., :1])
        try:
            y = torch.cat(parts, -1)
        except RuntimeError as error:
            raise ValueError(f"bad {error}")
        return {"y": y, "t": total}, (x, [k * 1.0 for k in self.steps.values()])
