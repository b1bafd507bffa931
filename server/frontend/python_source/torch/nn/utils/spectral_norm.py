"""Spectral norm as it was before parametrizations: weight_orig with the buffers weight_u and weight_v."""

import torch
from torch.nn.modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from torch.nn.parameter import Parameter
from torch.nn.utils.weight_norm import add_computed, computed_by_hook, drop_computed


def default_dim(module):
    """The dimension of a layer's outputs in its weight."""
    return 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0


def as_matrix(weight, dim):
    if dim != 0:
        weight = weight.permute([dim] + [d for d in range(weight.dim()) if d != dim])
    return weight.flatten(1)


class SpectralNorm:
    def __init__(self, name="weight", n_power_iterations=1, dim=0, eps=1e-12):
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name = name
        self.dim = dim
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def compute_weight(self, module, do_power_iteration=False):
        weight = getattr(module, self.name + "_orig")
        u = getattr(module, self.name + "_u")
        v = getattr(module, self.name + "_v")
        return weight / torch.dot(u, torch.mv(as_matrix(weight, self.dim), v))

    def __call__(self, module, inputs):
        setattr(module, self.name, self.compute_weight(module))


class SpectralNormStateDictHook:
    def __init__(self, fn):
        self.fn = fn


class SpectralNormLoadStateDictPreHook:
    def __init__(self, fn):
        self.fn = fn


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    hook = SpectralNorm(name, n_power_iterations, default_dim(module) if dim is None else dim, eps)
    weight = getattr(module, name)
    height, width = as_matrix(weight, hook.dim).shape
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    # Training finds the two vectors, and files have them: any will do until then.
    module.register_buffer(name + "_u", torch.ones(height, dtype=weight.dtype, device=weight.device))
    module.register_buffer(name + "_v", torch.ones(width, dtype=weight.dtype, device=weight.device))
    add_computed(module, name, (computed_by_hook, hook))
    return module


def remove_spectral_norm(module, name="weight"):
    hook = drop_computed(module, name, SpectralNorm)
    if hook is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {type(module).__name__}")
    weight = hook.compute_weight(module)
    delattr(module, name + "_u")
    delattr(module, name + "_v")
    delattr(module, name + "_orig")
    module.register_parameter(name, Parameter(weight.detach()))
    return module
