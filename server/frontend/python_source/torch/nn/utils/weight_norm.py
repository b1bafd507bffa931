"""Weight norm as it was before parametrizations: weight_g and weight_v, and weight computed of both.

A layer that is normed so has the entry `_computed[name] = (function, hook)`: reading the attribute calls
function(module, name, hook). PyTorch keeps the same hook among _forward_pre_hooks, and so do its files."""

import torch
from torch.nn.parameter import Parameter


class WeightNorm:
    def __init__(self, name, dim):
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module):
        g = getattr(module, self.name + "_g")
        v = getattr(module, self.name + "_v")
        return torch._weight_norm(v, g, self.dim)

    def __call__(self, module, inputs):
        setattr(module, self.name, self.compute_weight(module))


def computed_by_hook(module, name, hook):
    return hook.compute_weight(module)


def add_computed(module, name, entry):
    entries = dict(module._computed) if hasattr(module, "_computed") else {}
    entries[name] = entry
    module._computed = entries


def drop_computed(module, name, kind):
    """The hook that computes the attribute; None where nothing of that kind does."""
    entries = dict(module._computed) if hasattr(module, "_computed") else {}
    if name not in entries or not isinstance(entries[name][-1], kind):
        return None
    hook = entries.pop(name)[-1]
    module._computed = entries
    return hook


def adopt_hooks(module, hooks):
    """For a module out of a file, whose normed attributes PyTorch renews by hooks before each call."""
    for hook in hooks:
        if hasattr(hook, "compute_weight"):
            if hook.name in module.__dict__:
                delattr(module, hook.name)
            add_computed(module, hook.name, (computed_by_hook, hook))


def weight_norm(module, name="weight", dim=0):
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    delattr(module, name)
    module.register_parameter(name + "_g", Parameter(torch.norm_except_dim(weight.detach(), 2, hook.dim)))
    module.register_parameter(name + "_v", Parameter(weight.detach()))
    add_computed(module, name, (computed_by_hook, hook))
    return module


def remove_weight_norm(module, name="weight"):
    hook = drop_computed(module, name, WeightNorm)
    if hook is None:
        raise ValueError(f"weight_norm of '{name}' not found in {type(module).__name__}")
    weight = hook.compute_weight(module)
    delattr(module, name + "_g")
    delattr(module, name + "_v")
    setattr(module, name, Parameter(weight.detach()))
    return module
