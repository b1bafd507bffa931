from collections import OrderedDict

import torch.nn as nn


class IntermediateLayerGetter(nn.ModuleDict):
    """The children of a model up to the last one whose result is asked for, and a dict of those results."""

    def __init__(self, model, return_layers):
        children = dict(model.named_children())
        if any(str(name) not in children for name in return_layers):
            raise ValueError("return_layers are not present in model")
        last = max(list(children).index(str(name)) for name in return_layers)
        super().__init__(OrderedDict(list(children.items())[: last + 1]))
        self.return_layers = {str(name): str(result) for name, result in return_layers.items()}

    def forward(self, x):
        out = OrderedDict()
        for name, module in self.items():
            x = module(x)
            if name in self.return_layers:
                out[self.return_layers[name]] = x
        return out


def _make_divisible(v, divisor, min_value=None):
    """The nearest multiple, but none more than a tenth below."""
    made = max(min_value or divisor, int(v + divisor / 2) // divisor * divisor)
    return made + divisor if made < 0.9 * v else made
