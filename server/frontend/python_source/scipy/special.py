"""scipy.special, by torch's."""

import math

import numpy
import torch


def _by(function, *values):
    """Numbers give numbers."""
    made = function(*[torch.as_tensor(numpy.floating(value)) for value in values])
    if any([torch.is_tensor(value) or isinstance(value, (list, tuple)) for value in values]):
        return numpy.asarray(made)
    return made.item()


def expit(x):
    return _by(torch.sigmoid, x)


def logit(x):
    return _by(torch.logit, x)


def erf(x):
    return _by(torch.erf, x)


def erfc(x):
    return _by(torch.erfc, x)


def erfinv(y):
    return _by(torch.erfinv, y)


def gammaln(x):
    return _by(torch.lgamma, x)


loggamma = gammaln


def _gamma(x):
    # Below 0 the sign is that of every second gap between the poles.
    sign = torch.where((x < 0) & (torch.floor(x) % 2 != 0), -torch.ones_like(x), torch.ones_like(x))
    return sign * torch.exp(torch.lgamma(x))


def gamma(z):
    return _by(_gamma, z)


def digamma(z):
    return _by(torch.digamma, z)


psi = digamma


def beta(a, b):
    return _by(lambda a, b: torch.exp(torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)), a, b)


def betaln(a, b):
    return _by(lambda a, b: torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b), a, b)


def i0(x):
    return _by(torch.special.i0, x)


def i1(x):
    return _by(torch.special.i1, x)


def xlogy(x, y):
    return _by(torch.xlogy, x, y)


def entr(x):
    return _by(torch.special.entr, x)


def ndtr(x):
    return _by(lambda x: 0.5 * torch.erfc(-x / math.sqrt(2)), x)


def ndtri(y):
    return _by(lambda y: math.sqrt(2) * torch.erfinv(2 * y - 1), y)


def _of_axis(x, axis):
    return list(range(x.ndim)) if axis is None else axis


def logsumexp(a, axis=None, b=None, keepdims=False):
    a = numpy.floating(a)
    if b is not None:
        a = a + torch.log(numpy.floating(b))
    made = torch.logsumexp(a, _of_axis(a, axis), keepdim=keepdims)
    return made.item() if axis is None and not keepdims else numpy.asarray(made)


def log_softmax(x, axis=None):
    x = numpy.floating(x)
    return numpy.asarray(x - torch.logsumexp(x, _of_axis(x, axis), keepdim=True))


def softmax(x, axis=None):
    return numpy.asarray(torch.exp(log_softmax(x, axis)))


def _choices(n, k):
    made = 1
    for i in range(1, min(k, n - k) + 1):
        made = made * (n - i + 1) // i
    return made if 0 <= k <= n else 0


def comb(N, k, exact=False, repetition=False):
    if repetition:
        return comb(N + k - 1, k, exact)
    if isinstance(N, int) and isinstance(k, int):
        return _choices(N, k) if exact else float(_choices(N, k))
    return binom(N, k)


def binom(n, k):
    if isinstance(n, int) and isinstance(k, int):
        return float(_choices(n, k))
    return _by(lambda n, k: torch.exp(torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)), n, k)


def factorial(n, exact=False):
    if not isinstance(n, int):
        return gamma(n + 1)
    made = math.prod(range(1, n + 1))
    return made if exact else float(made)


def factorial2(n, exact=False):
    made = 1
    for i in range(n, 0, -2):
        made *= i
    return made if exact else float(made)


def _recurrence(n, x, first, step):
    """Polynomials of which each follows from the two before."""
    if torch.is_tensor(n) or not isinstance(n, int):
        raise NotImplementedError("scipy.special's polynomials are served of one degree at a time")
    before, now = 1.0 + 0.0 * x, first
    for i in range(1, n):
        before, now = now, step(i, now, before)
    return before if n == 0 else now


def eval_legendre(n, x):
    return _recurrence(n, x, x, lambda i, now, before: ((2 * i + 1) * x * now - i * before) / (i + 1))


def eval_chebyt(n, x):
    return _recurrence(n, x, x, lambda i, now, before: 2 * x * now - before)


def eval_hermite(n, x):
    return _recurrence(n, x, 2 * x, lambda i, now, before: 2 * x * now - 2 * i * before)


def eval_laguerre(n, x):
    return _recurrence(n, x, 1 - x, lambda i, now, before: ((2 * i + 1 - x) * now - i * before) / (i + 1))
