"""What constructors call of NumPy: numbers, and tables that become tensors. An array is a tensor here."""

import math

import torch

pi = math.pi
e = math.e
inf = math.inf
Inf = math.inf
nan = math.nan
newaxis = None
float16 = torch.float16
float32 = torch.float32
float64 = torch.float64
single = torch.float32
double = torch.float64
int8 = torch.int8
int16 = torch.int16
int32 = torch.int32
int64 = torch.int64
uint8 = torch.uint8
bool_ = torch.bool
ndarray = torch.Tensor
load = torch.load


def _type(dtype, otherwise=torch.float64):
    names = {
        "float16": torch.float16,
        "float32": torch.float32,
        "f4": torch.float32,
        "float": torch.float64,
        "float64": torch.float64,
        "f8": torch.float64,
        "int8": torch.int8,
        "int16": torch.int16,
        "int32": torch.int32,
        "int": torch.int64,
        "int64": torch.int64,
        "uint8": torch.uint8,
        "bool": torch.bool,
    }
    if dtype is None:
        return otherwise
    if dtype is float:
        return torch.float64
    if dtype is int:
        return torch.int64
    if dtype is bool:
        return torch.bool
    return names[dtype] if isinstance(dtype, str) else dtype


def array(object, dtype=None, copy=True):
    if torch.is_tensor(object):
        return object.clone() if dtype is None else object.to(_type(dtype))
    if isinstance(object, (list, tuple)) and len(object) > 0 and torch.is_tensor(object[0]):
        made = torch.stack([item for item in object])
        return made if dtype is None else made.to(_type(dtype))
    made = torch.tensor(object, dtype=torch.float64) if dtype is None else torch.tensor(object, dtype=_type(dtype))
    if dtype is None and _whole(object):
        made = made.to(torch.int64)
    return made


def _whole(object):
    if isinstance(object, (list, tuple)):
        return len(object) > 0 and all([_whole(item) for item in object])
    return isinstance(object, int)


asarray = array
ascontiguousarray = array


def zeros(shape, dtype=None):
    return torch.zeros(shape, dtype=_type(dtype))


def ones(shape, dtype=None):
    return torch.ones(shape, dtype=_type(dtype))


def empty(shape, dtype=None):
    return torch.zeros(shape, dtype=_type(dtype))


def full(shape, fill_value, dtype=None):
    return torch.full(shape if isinstance(shape, (list, tuple)) else (shape,), fill_value, dtype=_type(dtype))


def zeros_like(a, dtype=None):
    return torch.zeros_like(a, dtype=_type(dtype, a.dtype))


def ones_like(a, dtype=None):
    return torch.ones_like(a, dtype=_type(dtype, a.dtype))


def eye(N, M=None, dtype=None):
    return torch.eye(N, N if M is None else M, dtype=_type(dtype))


def identity(n, dtype=None):
    return eye(n, dtype=dtype)


def arange(start, stop=None, step=1, dtype=None):
    if stop is None:
        start, stop = 0, start
    whole = isinstance(start, int) and isinstance(stop, int) and isinstance(step, int)
    return torch.arange(start, stop, step, dtype=_type(dtype, torch.int64 if whole else torch.float64))


def linspace(start, stop, num=50, endpoint=True, dtype=None):
    if not endpoint:
        return linspace(start, stop, num + 1, dtype=dtype)[:-1]
    return torch.linspace(start, stop, num, dtype=_type(dtype))


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None):
    return power(float(base), linspace(start, stop, num, endpoint)).to(_type(dtype))


def _of(object):
    """Lists are arrays to NumPy's functions, numbers are not."""
    return array(object) if isinstance(object, (list, tuple)) else object


def _apply(x, on_number, on_tensor):
    x = _of(x)
    return on_tensor(x) if torch.is_tensor(x) else on_number(x)


def sqrt(x):
    return _apply(x, math.sqrt, torch.sqrt)


def exp(x):
    return _apply(x, math.exp, torch.exp)


def log(x):
    return _apply(x, math.log, torch.log)


def log2(x):
    return _apply(x, math.log2, torch.log2)


def log10(x):
    return _apply(x, math.log10, torch.log10)


def log1p(x):
    return _apply(x, math.log1p, torch.log1p)


def sin(x):
    return _apply(x, math.sin, torch.sin)


def cos(x):
    return _apply(x, math.cos, torch.cos)


def tan(x):
    return _apply(x, math.tan, torch.tan)


def tanh(x):
    return _apply(x, math.tanh, torch.tanh)


def floor(x):
    return _apply(x, lambda number: float(math.floor(number)), torch.floor)


def ceil(x):
    return _apply(x, lambda number: float(math.ceil(number)), torch.ceil)


def trunc(x):
    return _apply(x, lambda number: float(math.trunc(number)), torch.trunc)


def round(x, decimals=0):
    return _apply(x, lambda number: float(torch.round(torch.tensor(number, dtype=torch.float64), decimals=decimals).item()),
                  lambda tensor: torch.round(tensor, decimals=decimals))


around = round
rint = round


def abs(x):
    return _apply(x, math.fabs, torch.abs)


absolute = abs
fabs = abs


def sign(x):
    return _apply(x, lambda number: (number > 0) - (number < 0), torch.sign)


def power(x1, x2):
    x1, x2 = _of(x1), _of(x2)
    return x1**x2


def maximum(x1, x2):
    if torch.is_tensor(x1) or torch.is_tensor(x2):
        return torch.maximum(torch.as_tensor(x1), torch.as_tensor(x2))
    return x1 if x1 > x2 else x2


def minimum(x1, x2):
    if torch.is_tensor(x1) or torch.is_tensor(x2):
        return torch.minimum(torch.as_tensor(x1), torch.as_tensor(x2))
    return x1 if x1 < x2 else x2


def prod(a, axis=None):
    if torch.is_tensor(a):
        return a.prod().item() if axis is None else a.prod(axis)
    return math.prod(a)


def sum(a, axis=None, keepdims=False):
    a = array(a)
    return a.sum().item() if axis is None else a.sum(axis, keepdim=keepdims)


def mean(a, axis=None, keepdims=False):
    a = array(a, dtype=torch.float64)
    return a.mean().item() if axis is None else a.mean(axis, keepdim=keepdims)


def max(a, axis=None):
    a = array(a)
    return a.max().item() if axis is None else a.amax(axis)


def min(a, axis=None):
    a = array(a)
    return a.min().item() if axis is None else a.amin(axis)


amax = max
amin = min


def cumsum(a, axis=0):
    return torch.cumsum(array(a), axis)


def clip(a, a_min, a_max):
    if torch.is_tensor(a):
        return a.clamp(a_min, a_max)
    return minimum(maximum(a, a_min), a_max)


def where(condition, x, y):
    return torch.where(condition, x, y)


def triu(m, k=0):
    return torch.triu(m, k)


def tril(m, k=0):
    return torch.tril(m, k)


def outer(a, b):
    return torch.outer(array(a), array(b))


def dot(a, b):
    return array(a) @ array(b)


matmul = dot


def transpose(a, axes=None):
    return a.T if axes is None else a.permute(axes)


def reshape(a, newshape):
    return array(a).reshape(newshape)


def expand_dims(a, axis):
    return array(a).unsqueeze(axis)


def squeeze(a, axis=None):
    return a.squeeze() if axis is None else a.squeeze(axis)


def concatenate(arrays, axis=0):
    return torch.cat([array(each) for each in arrays], axis)


def stack(arrays, axis=0):
    return torch.stack([array(each) for each in arrays], axis)


def tile(A, reps):
    return array(A).repeat(reps)


def repeat(a, repeats, axis=None):
    return torch.repeat_interleave(array(a), repeats, axis)


def flip(m, axis):
    return torch.flip(m, [axis])


def meshgrid(*xi, indexing="xy"):
    return torch.meshgrid([array(x) for x in xi], indexing=indexing)


def copy(a):
    return array(a)
