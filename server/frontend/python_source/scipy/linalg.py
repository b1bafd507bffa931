"""scipy.linalg, by torch's."""

import numpy
import torch


def _arrays(*values):
    return tuple([numpy.asarray(value) for value in values])


def inv(a, overwrite_a=False, check_finite=True):
    return numpy.linalg.inv(a)


def det(a, overwrite_a=False, check_finite=True):
    return numpy.linalg.det(a)


def pinv(a, *args, **kwargs):
    return numpy.linalg.pinv(a)


def norm(a, ord=None, axis=None, keepdims=False, check_finite=True):
    return numpy.linalg.norm(a, ord, axis, keepdims)


def solve(a, b, *args, **kwargs):
    return numpy.linalg.solve(a, b)


def qr(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    if pivoting:
        raise NotImplementedError("scipy.linalg.qr with pivoting is not served")
    q, r = torch.linalg.qr(numpy.floating(a), "reduced" if mode == "economic" else "complete")
    return _arrays(r) if mode == "r" else _arrays(q, r)


def lu(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    p, l, u = torch.linalg.lu(numpy.floating(a))
    if permute_l:
        return _arrays(p @ l, u)
    return _arrays(torch.argmax(p, -1), l, u) if p_indices else _arrays(p, l, u)


def cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    l = torch.linalg.cholesky(numpy.floating(a))
    return numpy.asarray(l if lower else torch.transpose(l, -2, -1))


def cho_factor(a, lower=False, overwrite_a=False, check_finite=True):
    return cholesky(a, lower), lower


def cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    c, lower = c_and_lower
    b = numpy.floating(b)
    made = torch.cholesky_solve(torch.unsqueeze(b, -1) if b.ndim == 1 else b, c, upper=not lower)
    return numpy.asarray(torch.squeeze(made, -1) if b.ndim == 1 else made)


def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    a, b = numpy.floating(a), numpy.floating(b)
    turned = trans in (1, "T")
    a = torch.transpose(a, -2, -1) if turned else a
    made = torch.linalg.solve_triangular(a, torch.unsqueeze(b, -1) if b.ndim == 1 else b, upper=lower == turned,
                                         unitriangular=unit_diagonal)
    return numpy.asarray(torch.squeeze(made, -1) if b.ndim == 1 else made)


def eigh(a, b=None, *args, **kwargs):
    if b is not None:
        raise NotImplementedError("scipy.linalg.eigh of two matrices is not served")
    return numpy.linalg.eigh(a)


def eig(a, *args, **kwargs):
    return numpy.linalg.eig(a)


def svd(a, full_matrices=True, compute_uv=True, *args, **kwargs):
    return numpy.linalg.svd(a, full_matrices) if compute_uv else numpy.linalg.svd(a)[1]


def expm(A):
    return numpy.asarray(torch.matrix_exp(numpy.floating(A)))


def sqrtm(A, disp=True, blocksize=64):
    a = numpy.floating(A)
    values, vectors = torch.linalg.eig(a)
    made = vectors @ torch.diag(torch.sqrt(values)) @ torch.linalg.inv(vectors)
    made = torch.real(made) if torch.allclose(torch.imag(made), torch.zeros(1, dtype=a.dtype)) else made
    return numpy.asarray(made) if disp else (numpy.asarray(made), 0.0)


def block_diag(*arrs):
    return numpy.asarray(torch.block_diag(*[numpy.asarray(each) for each in arrs]))


def toeplitz(c, r=None):
    """The first column and the first row of what is the same along its diagonals."""
    c = numpy.ravel(c)
    r = c if r is None else numpy.ravel(r)
    line = torch.cat([torch.flip(c, [0]), r[1:]])
    rows, columns = torch.arange(len(c)), torch.arange(len(r))
    return numpy.asarray(line[columns[None, :] - rows[:, None] + len(c) - 1])


def hankel(c, r=None):
    c = numpy.ravel(c)
    r = torch.zeros_like(c) if r is None else numpy.ravel(r)
    line = torch.cat([c, r[1:]])
    return numpy.asarray(line[torch.arange(len(c))[:, None] + torch.arange(len(r))[None, :]])


def circulant(c):
    c = numpy.ravel(c)
    places = torch.arange(len(c))
    return numpy.asarray(c[(places[:, None] - places[None, :]) % len(c)])


def hadamard(n, dtype=int):
    if n < 1 or n & (n - 1) != 0:
        raise ValueError("n must be an positive integer, and n must be a power of 2")
    made = torch.ones(1, 1, dtype=torch.int64)
    while made.shape[0] < n:
        made = torch.cat([torch.cat([made, made], 1), torch.cat([made, -made], 1)], 0)
    return numpy.array(made, dtype)


def hilbert(n):
    places = torch.arange(n, dtype=torch.float64)
    return numpy.asarray(1.0 / (places[:, None] + places[None, :] + 1))


def dft(n, scale=None):
    made = torch.fft.fft(torch.eye(n, dtype=torch.complex128))
    return numpy.asarray(made / (n**0.5 if scale == "sqrtn" else n if scale == "n" else 1))


def orth(A, rcond=None):
    a = numpy.floating(A)
    u, s, _ = torch.linalg.svd(a, False)
    least = s.max() * (max(a.shape) * torch.finfo(a.dtype).eps if rcond is None else rcond)
    return numpy.asarray(u[:, :int((s > least).sum().item())])


def null_space(A, rcond=None):
    a = numpy.floating(A)
    _, s, v = torch.linalg.svd(a, True)
    least = s.max() * (max(a.shape) * torch.finfo(a.dtype).eps if rcond is None else rcond)
    return numpy.asarray(torch.transpose(v[int((s > least).sum().item()):], 0, 1))
