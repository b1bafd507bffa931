"""Attributes computed of others: module.parametrizations.NAME has the originals and the chain of layers."""

import torch
from torch.nn.modules.container import ModuleDict, ModuleList
from torch.nn.parameter import Parameter
from torch.nn.utils.weight_norm import add_computed


class ParametrizationList(ModuleList):
    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        self.unsafe = unsafe
        value = original
        for module in reversed(list(modules)):
            if hasattr(module, "right_inverse"):
                value = module.right_inverse(value)
        self.is_tensor = isinstance(value, torch.Tensor)
        trained = isinstance(original, Parameter)
        if self.is_tensor:
            self._keep("original", value, trained)
        else:
            self.ntensors = len(value)
            for i in range(len(value)):
                self._keep(f"original{i}", value[i], trained)

    def _keep(self, name, tensor, trained):
        if trained:
            self.register_parameter(name, Parameter(tensor.detach()))
        else:
            self.register_buffer(name, tensor)

    def forward(self):
        layers = list(self._modules.values())
        if self.is_tensor:
            x = layers[0](self.original)
        else:
            x = layers[0](*[getattr(self, f"original{i}") for i in range(self.ntensors)])
        for layer in layers[1:]:
            x = layer(x)
        return x


def _parametrized(module, name):
    return module.parametrizations[name]()


def is_parametrized(module, tensor_name=None):
    if not hasattr(module, "parametrizations"):
        return False
    return len(module.parametrizations) > 0 if tensor_name is None else tensor_name in module.parametrizations


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            f"Module '{type(module).__name__}' does not have a parameter, a buffer, or a "
            f"parametrized element with name '{tensor_name}'"
        )
    originals = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        module.parametrizations = ModuleDict()
    module.parametrizations[tensor_name] = originals
    add_computed(module, tensor_name, (_parametrized,))
    return module


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module '{type(module).__name__}' does not have a parametrization on {tensor_name}")
    originals = module.parametrizations[tensor_name]
    if not leave_parametrized and not originals.is_tensor:
        raise ValueError("leave_parametrized=False needs a parametrization of one tensor")
    tensor = getattr(module, tensor_name) if leave_parametrized else originals.original
    trained = len(originals._parameters) > 0
    entries = dict(module._computed)
    del entries[tensor_name]
    module._computed = entries
    del module.parametrizations[tensor_name]
    if len(module.parametrizations) == 0:
        delattr(module, "parametrizations")
    if trained:
        module.register_parameter(tensor_name, Parameter(tensor.detach()))
    else:
        module.register_buffer(tensor_name, tensor)
    return module


def type_before_parametrizations(module):
    return type(module)
