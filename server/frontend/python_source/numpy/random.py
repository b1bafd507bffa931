"""numpy.random: values of the right shape and distribution. No seed repeats NumPy's sequence."""

import torch


def seed(seed=None):
    pass


def _shape(size):
    if size is None:
        return ()
    return (size,) if isinstance(size, int) else tuple(size)


def _scalar(made, size):
    return made.item() if size is None else made


def random(size=None):
    return _scalar(torch.rand(_shape(size), dtype=torch.float64), size)


random_sample = random
ranf = random


def uniform(low=0.0, high=1.0, size=None):
    return _scalar(low + (high - low) * torch.rand(_shape(size), dtype=torch.float64), size)


def normal(loc=0.0, scale=1.0, size=None):
    return _scalar(loc + scale * torch.randn(_shape(size), dtype=torch.float64), size)


def standard_normal(size=None):
    return normal(size=size)


def beta(a, b, size=None):
    x = torch._standard_gamma(torch.full(_shape(size), a, dtype=torch.float64))
    y = torch._standard_gamma(torch.full(_shape(size), b, dtype=torch.float64))
    return _scalar(x / (x + y), size)


def rand(*shape):
    return random(shape if shape else None)


def randn(*shape):
    return normal(size=shape if shape else None)


def randint(low, high=None, size=None, dtype=None):
    if high is None:
        low, high = 0, low
    return _scalar(torch.randint(low, high, _shape(size)), size)


def permutation(x):
    if isinstance(x, int):
        return torch.randperm(x)
    return x[torch.randperm(len(x))]


def choice(a, size=None, replace=True, p=None):
    if p is not None:
        raise NotImplementedError("numpy.random.choice with p is not served; draw with torch.multinomial")
    places = randint(0, a if isinstance(a, int) else len(a), size)
    return places if isinstance(a, int) else a[places]


def RandomState(seed=None):
    import numpy.random

    return numpy.random


default_rng = RandomState
integers = randint
