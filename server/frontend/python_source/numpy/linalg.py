"""numpy.linalg, by torch's."""

import numpy
import torch


def inv(a):
    return torch.linalg.inv(numpy.floating(a))


def pinv(a):
    return torch.linalg.pinv(numpy.floating(a))


def det(a):
    return torch.linalg.det(numpy.floating(a))


def eigh(a):
    return tuple(torch.linalg.eigh(numpy.floating(a)))


def eig(a):
    return tuple(torch.linalg.eig(numpy.floating(a)))


def svd(a, full_matrices=True):
    return tuple(torch.linalg.svd(numpy.floating(a), full_matrices))


def qr(a, mode="reduced"):
    return tuple(torch.linalg.qr(numpy.floating(a), mode))


def cholesky(a):
    return torch.linalg.cholesky(numpy.floating(a))


def solve(a, b):
    return torch.linalg.solve(numpy.floating(a), numpy.floating(b))


def matrix_power(a, n):
    return torch.linalg.matrix_power(numpy.array(a), n)


def norm(x, ord=None, axis=None, keepdims=False):
    x = numpy.floating(x)
    if ord is None and axis is None:
        return torch.linalg.vector_norm(x)
    if axis is None and x.dim() > 1:
        return torch.linalg.matrix_norm(x, ord)
    return torch.linalg.vector_norm(x, 2 if ord is None else ord, axis, keepdims)
