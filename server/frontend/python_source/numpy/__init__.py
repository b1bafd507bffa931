"""What constructors call of NumPy: numbers, and tables that become tensors. An array is a tensor here."""

import builtins
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
uint16 = torch.int32
complex64 = torch.complex64
complex128 = torch.complex128
bool_ = torch.bool
int_ = torch.int64
long = torch.int64
float_ = torch.float64
# Names of older versions.
float = torch.float64
int = torch.int64
bool = torch.bool
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
    if dtype is builtins.float:
        return torch.float64
    if dtype is builtins.int:
        return torch.int64
    if dtype is builtins.bool:
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
        return len(object) > 0 and builtins.all([_whole(item) for item in object])
    return isinstance(object, builtins.int)


asarray = array
ascontiguousarray = array


def zeros(shape, dtype=None):
    return torch.zeros(shape, dtype=_type(dtype))


def ones(shape, dtype=None):
    return torch.ones(shape, dtype=_type(dtype))


def empty(shape, dtype=None):
    return torch.zeros(shape, dtype=_type(dtype))


def full(shape, fill_value, dtype=None):
    whole = isinstance(fill_value, builtins.int)
    otherwise = torch.bool if isinstance(fill_value, builtins.bool) else torch.int64 if whole else torch.float64
    return torch.full(shape if isinstance(shape, (list, tuple)) else (shape,), fill_value, dtype=_type(dtype, otherwise))


def zeros_like(a, dtype=None):
    return torch.zeros_like(a, dtype=_type(dtype, a.dtype))


def ones_like(a, dtype=None):
    return torch.ones_like(a, dtype=_type(dtype, a.dtype))


def empty_like(a, dtype=None):
    return zeros_like(a, dtype)


def full_like(a, fill_value, dtype=None):
    return torch.full_like(a, fill_value, dtype=_type(dtype, a.dtype))


def eye(N, M=None, dtype=None):
    return torch.eye(N, N if M is None else M, dtype=_type(dtype))


def identity(n, dtype=None):
    return eye(n, dtype=dtype)


def arange(start, stop=None, step=1, dtype=None):
    if stop is None:
        start, stop = 0, start
    whole = _whole([start, stop, step])
    return torch.arange(start, stop, step, dtype=_type(dtype, torch.int64 if whole else torch.float64))


def linspace(start, stop, num=50, endpoint=True, dtype=None):
    if not endpoint:
        return linspace(start, stop, num + 1, dtype=dtype)[:-1]
    return torch.linspace(start, stop, num, dtype=_type(dtype))


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None):
    return power(builtins.float(base), linspace(start, stop, num, endpoint)).to(_type(dtype))


def floating(object):
    """As an array of floats."""
    made = array(object)
    return made if made.is_floating_point() or made.is_complex() else made.to(torch.float64)


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


def square(x):
    return power(x, 2)


def arctan(x):
    return _apply(x, math.atan, torch.atan)


def arctan2(x1, x2):
    return torch.atan2(floating(x1), floating(x2))


def sinh(x):
    return torch.sinh(floating(x))


def cosh(x):
    return torch.cosh(floating(x))


def arccos(x):
    return torch.acos(floating(x))


def arcsin(x):
    return torch.asin(floating(x))


def sinc(x):
    return torch.sinc(floating(x))


def isnan(x):
    return torch.isnan(array(x))


def isinf(x):
    return torch.isinf(array(x))


def real(x):
    return torch.real(array(x))


def imag(x):
    return torch.imag(array(x))


def conj(x):
    return torch.conj(array(x))


def deg2rad(x):
    return x * (pi / 180.0)


radians = deg2rad


def rad2deg(x):
    return x * (180.0 / pi)


degrees = rad2deg


def expm1(x):
    return torch.expm1(floating(x))


def mod(x1, x2):
    return x1 % x2


remainder = mod


def add(x1, x2):
    return _of(x1) + _of(x2)


def subtract(x1, x2):
    return _of(x1) - _of(x2)


def multiply(x1, x2):
    return _of(x1) * _of(x2)


def divide(x1, x2):
    return _of(x1) / _of(x2)


true_divide = divide


def logical_and(x1, x2):
    return torch.logical_and(array(x1), array(x2))


def logical_or(x1, x2):
    return torch.logical_or(array(x1), array(x2))


def logical_not(x):
    return torch.logical_not(array(x))


def hanning(M):
    return torch.hann_window(M, False, dtype=torch.float64)


def hamming(M):
    return torch.hamming_window(M, False, dtype=torch.float64)


def blackman(M):
    return torch.blackman_window(M, False, dtype=torch.float64)


def sin(x):
    return _apply(x, math.sin, torch.sin)


def cos(x):
    return _apply(x, math.cos, torch.cos)


def tan(x):
    return _apply(x, math.tan, torch.tan)


def tanh(x):
    return _apply(x, math.tanh, torch.tanh)


def floor(x):
    return _apply(x, lambda number: builtins.float(math.floor(number)), torch.floor)


def ceil(x):
    return _apply(x, lambda number: builtins.float(math.ceil(number)), torch.ceil)


def trunc(x):
    return _apply(x, lambda number: builtins.float(math.trunc(number)), torch.trunc)


def round(x, decimals=0):
    return _apply(x, lambda number: builtins.float(torch.round(torch.tensor(number, dtype=torch.float64), decimals=decimals).item()),
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
        return a.prod().item() if axis is None else torch.prod(a, axis)
    return a if isinstance(a, (type(1), type(1.0))) else math.prod(a)


product = prod


def sum(a, axis=None, keepdims=False):
    a = array(a)
    return a.sum().item() if axis is None else a.sum(axis, keepdim=keepdims)


def _number(made, axis):
    """Of a whole array NumPy's functions give a number."""
    return made.item() if axis is None else made


def mean(a, axis=None, keepdims=False):
    return _number(_array_mean(array(a), axis, keepdims=keepdims), axis)


def max(a, axis=None, keepdims=False):
    return _number(_array_max(array(a), axis, keepdims), axis)


def min(a, axis=None, keepdims=False):
    return _number(_array_min(array(a), axis, keepdims), axis)


def std(a, axis=None, ddof=0, keepdims=False):
    return _number(_array_std(array(a), axis, ddof, keepdims), axis)


def var(a, axis=None, ddof=0, keepdims=False):
    return _number(_array_var(array(a), axis, ddof, keepdims), axis)


def median(a, axis=None):
    a = floating(a)
    return torch.quantile(a, 0.5).item() if axis is None else torch.quantile(a, 0.5, axis)


def argmax(a, axis=None):
    return torch.argmax(array(a), axis)


def argmin(a, axis=None):
    return torch.argmin(array(a), axis)


def argsort(a, axis=-1):
    return torch.argsort(array(a), axis)


def sort(a, axis=-1):
    return torch.sort(array(a), axis)[0]


def diff(a, n=1, axis=-1):
    return torch.diff(array(a), n, axis)


def any(a, axis=None):
    a = array(a)
    return a.any().item() if axis is None else torch.any(a, axis)


def all(a, axis=None):
    a = array(a)
    return a.all().item() if axis is None else torch.all(a, axis)


def unique(ar, return_index=False, return_inverse=False, return_counts=False):
    if return_index:
        raise NotImplementedError("numpy.unique with return_index is not served")
    return torch.unique(array(ar), True, return_inverse, return_counts)


amax = max
amin = min


def cumsum(a, axis=None):
    a = array(a)
    return torch.cumsum(ravel(a) if axis is None else a, 0 if axis is None else axis)


def cumprod(a, axis=None):
    a = array(a)
    return torch.cumprod(ravel(a) if axis is None else a, 0 if axis is None else axis)


def clip(a, a_min, a_max):
    if torch.is_tensor(a):
        return a.clamp(a_min, a_max)
    return minimum(maximum(a, a_min), a_max)


def where(condition, x, y):
    return torch.where(condition, x, y)


def triu(m, k=0):
    return torch.triu(array(m), k)


def tril(m, k=0):
    return torch.tril(array(m), k)


def outer(a, b):
    return torch.outer(array(a), array(b))


def dot(a, b):
    a, b = array(a), array(b)
    if a.dtype != b.dtype:
        a, b = floating(a), floating(b)
    return a @ b


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


def vstack(tup):
    return torch.vstack([array(each) for each in tup])


def hstack(tup):
    return torch.hstack([array(each) for each in tup])


def dstack(tup):
    return torch.dstack([array(each) for each in tup])


def column_stack(tup):
    return torch.column_stack([array(each) for each in tup])


def append(arr, values, axis=None):
    arr, values = array(arr), array(values)
    if axis is None:
        return concatenate([ravel(arr), ravel(values)])
    return concatenate([arr, values], axis)


def tile(A, reps):
    return torch.tile(array(A), (reps,) if isinstance(reps, builtins.int) else reps)


def repeat(a, repeats, axis=None):
    return torch.repeat_interleave(array(a), repeats, axis)


def flip(m, axis=None):
    m = array(m)
    axes = list(range(m.dim())) if axis is None else [axis] if isinstance(axis, builtins.int) else list(axis)
    return torch.flip(m, axes)


def flipud(m):
    return flip(m, 0)


def fliplr(m):
    return flip(m, 1)


def roll(a, shift, axis=None):
    return torch.roll(array(a), shift, [] if axis is None else axis)


def ravel(a):
    return torch.flatten(array(a))


def swapaxes(a, axis1, axis2):
    return torch.transpose(array(a), axis1, axis2)


def moveaxis(a, source, destination):
    return torch.movedim(array(a), source, destination)


def broadcast_to(array, shape):
    return torch.broadcast_to(array, shape)


def split(ary, indices_or_sections, axis=0):
    return list(torch.tensor_split(array(ary), indices_or_sections, axis))


array_split = split


def diag(v, k=0):
    return torch.diag(array(v), k)


def trace(a):
    return torch.trace(array(a))


def kron(a, b):
    return torch.kron(array(a), array(b))


def cross(a, b):
    return torch.linalg.cross(array(a), array(b))


def einsum(subscripts, *operands):
    return torch.einsum(subscripts, [array(each) for each in operands])


def triu_indices(n, k=0, m=None):
    return tuple(torch.triu_indices(n, n if m is None else m, k))


def tril_indices(n, k=0, m=None):
    return tuple(torch.tril_indices(n, n if m is None else m, k))


def diag_indices(n, ndim=2):
    return (arange(n),) * ndim


def atleast_1d(a):
    a = array(a)
    return a.reshape(1) if a.ndim == 0 else a


def atleast_2d(a):
    a = atleast_1d(a)
    return a.unsqueeze(0) if a.ndim == 1 else a


def size(a, axis=None):
    return array(a).size if axis is None else array(a).shape[axis]


def meshgrid(*xi, indexing="xy"):
    return torch.meshgrid([array(x) for x in xi], indexing=indexing)


def copy(a):
    return array(a)


cumproduct = cumprod
finfo = torch.finfo


class _Grid:
    """np.mgrid[0:3, 0:4]"""

    def __getitem__(self, key):
        slices = key if isinstance(key, tuple) else (key,)
        axes = [arange(0 if s.start is None else s.start, s.stop, 1 if s.step is None else s.step) for s in slices]
        grid = torch.stack(torch.meshgrid(axes, indexing="ij"))
        return grid if isinstance(key, tuple) else grid[0]


mgrid = _Grid()


class _OpenGrid:
    """np.ogrid[0:3, 0:4]"""

    def __getitem__(self, key):
        axes = [arange(0 if s.start is None else s.start, s.stop, 1 if s.step is None else s.step) for s in key]
        rank = len(axes)
        return tuple([axis.reshape([-1 if i == at else 1 for i in range(rank)]) for at, axis in enumerate(axes)])


ogrid = _OpenGrid()


def cast(dtype, x):
    """np.float32(x)"""
    if torch.is_tensor(x) or isinstance(x, (list, tuple)):
        return array(x, dtype)
    if dtype is torch.bool:
        return builtins.bool(x)
    return builtins.float(x) if dtype.is_floating_point else builtins.int(x)


# Methods of arrays that differ from those of tensors.

_array_repeat = repeat
_array_cumsum = cumsum
_array_cumprod = cumprod
_array_dot = dot
_array_ravel = ravel
_array_swapaxes = swapaxes


def _array_transpose(a, *axes):
    if len(axes) == 0:
        return a.T
    return torch.permute(a, axes[0] if isinstance(axes[0], (tuple, list)) else axes)


def _array_max(a, axis=None, keepdims=False):
    return torch.amax(a, [] if axis is None else axis, keepdims)


def _array_min(a, axis=None, keepdims=False):
    return torch.amin(a, [] if axis is None else axis, keepdims)


def _array_mean(a, axis=None, dtype=None, keepdims=False):
    return torch.mean(floating(a), axis, keepdims)


def _array_std(a, axis=None, ddof=0, keepdims=False):
    return torch.std(floating(a), axis, correction=ddof, keepdim=keepdims)


def _array_var(a, axis=None, ddof=0, keepdims=False):
    return torch.var(floating(a), axis, correction=ddof, keepdim=keepdims)


def _array_copy(a):
    return torch.clone(a)


def _array_round(a, decimals=0):
    return torch.round(a, decimals=decimals)


def _array_nonzero(a):
    return torch.nonzero(a, as_tuple=True)


def _array_fill(a, value):
    a.fill_(value)


def _array_sort(a, axis=-1):
    a.copy_(torch.sort(a, axis)[0])
