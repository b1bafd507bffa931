# All take inplace, which serving has no use for: a layer must not change what others still read.
import torch
import torch.nn as nn
import torch.nn.functional as F


def swish(x, inplace=False):
    return x * x.sigmoid()


def mish(x, inplace=False):
    return x * F.softplus(x).tanh()


def sigmoid(x, inplace=False):
    return x.sigmoid()


def tanh(x, inplace=False):
    return x.tanh()


def hard_sigmoid(x, inplace=False):
    return F.relu6(x + 3.0) / 6.0


def hard_swish(x, inplace=False):
    return x * hard_sigmoid(x)


def hard_mish(x, inplace=False):
    return 0.5 * x * (x + 2).clamp(min=0, max=2)


def gelu(x, inplace=False):
    return F.gelu(x)


def gelu_tanh(x, inplace=False):
    return F.gelu(x, approximate="tanh")


def quick_gelu(x, inplace=False):
    return x * torch.sigmoid(1.702 * x)


class _Activation(nn.Module):
    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace


class Swish(_Activation):
    def forward(self, x):
        return swish(x)


class Mish(_Activation):
    def forward(self, x):
        return mish(x)


class Sigmoid(_Activation):
    def forward(self, x):
        return x.sigmoid()


class Tanh(_Activation):
    def forward(self, x):
        return x.tanh()


class HardSwish(_Activation):
    def forward(self, x):
        return hard_swish(x)


class HardSigmoid(_Activation):
    def forward(self, x):
        return hard_sigmoid(x)


class HardMish(_Activation):
    def forward(self, x):
        return hard_mish(x)


class GELU(_Activation):
    def forward(self, x):
        return F.gelu(x)


class GELUTanh(_Activation):
    def forward(self, x):
        return F.gelu(x, approximate="tanh")


class QuickGELU(_Activation):
    def forward(self, x):
        return quick_gelu(x)


class PReLU(nn.PReLU):
    def __init__(self, num_parameters=1, init=0.25, inplace=False):
        super().__init__(num_parameters, init)


SwishMe, MishMe, HardSwishMe, HardSigmoidMe, HardMishMe = Swish, Mish, HardSwish, HardSigmoid, HardMish

_functions = {
    "silu": F.silu, "swish": F.silu, "mish": F.mish, "relu": F.relu, "relu6": F.relu6, "leaky_relu": F.leaky_relu,
    "elu": F.elu, "celu": F.celu, "selu": F.selu, "gelu": gelu, "gelu_tanh": gelu_tanh, "quick_gelu": quick_gelu,
    "sigmoid": sigmoid, "tanh": tanh, "hard_sigmoid": F.hardsigmoid, "hardsigmoid": F.hardsigmoid,
    "hard_swish": F.hardswish, "hardswish": F.hardswish, "hard_mish": hard_mish,
}

_layers = {
    "silu": nn.SiLU, "swish": nn.SiLU, "mish": nn.Mish, "relu": nn.ReLU, "relu6": nn.ReLU6,
    "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "prelu": PReLU, "celu": nn.CELU, "selu": nn.SELU, "gelu": GELU,
    "gelu_tanh": GELUTanh, "quick_gelu": QuickGELU, "sigmoid": Sigmoid, "tanh": Tanh, "hard_sigmoid": nn.Hardsigmoid,
    "hardsigmoid": nn.Hardsigmoid, "hard_swish": nn.Hardswish, "hardswish": nn.Hardswish, "hard_mish": HardMish,
    "identity": nn.Identity,
}


def get_act_fn(name="relu"):
    if not name:
        return None
    return _functions[name.lower()] if isinstance(name, str) else name


def get_act_layer(name="relu"):
    if not isinstance(name, str):
        return name
    return _layers[name.lower()] if name else None


def create_act_layer(name, inplace=None, **kwargs):
    layer = get_act_layer(name)
    if layer is None:
        return None
    if inplace is None:
        return layer(**kwargs)
    try:
        return layer(inplace=inplace, **kwargs)
    except TypeError:
        return layer(**kwargs)  # one without inplace
