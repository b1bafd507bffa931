import math

import torch
from torch.distributions import Bernoulli, Categorical, Independent, Normal, Uniform
from torch.distributions.more import Exponential, Laplace, MultivariateNormal, OneHotCategorical

_registered = []


def register_kl(type_p, type_q):
    def remember(function):
        _registered.append((type_p, type_q, function))
        return function

    return remember


def _normals(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


def _categoricals(p, q):
    each = p.probs * (p.logits - q.logits)
    each = torch.where(q.probs == 0, torch.full_like(each, math.inf), each)
    return torch.where(p.probs == 0, torch.zeros_like(each), each).sum(-1)


def _bernoullis(p, q):
    # Of softplus, so that no logarithm is of 0.
    softplus = torch.nn.functional.softplus
    yes = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    return yes + (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))


def _multivariate_normals(p, q):
    def half_log_det(one):
        return one._tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    spread = torch.linalg.solve_triangular(q._tril, p._tril, upper=False).pow(2).sum([-2, -1])
    apart = torch.linalg.solve_triangular(q._tril, (q.loc - p.loc).unsqueeze(-1), upper=False).pow(2).sum([-2, -1])
    return half_log_det(q) - half_log_det(p) + 0.5 * (spread + apart - p.loc.shape[-1])


def _laplaces(p, q):
    ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * torch.exp(-apart / p.scale) - 1


def _exponentials(p, q):
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


def _uniforms(p, q):
    size = torch.log((q.high - q.low) / (p.high - p.low))
    return torch.where((q.low > p.low) | (q.high < p.high), torch.full_like(size, math.inf), size)


def _one_hots(p, q):
    return _categoricals(p._categorical, q._categorical)


def _independents(p, q):
    return p._summed(kl_divergence(p.base_dist, q.base_dist))


def kl_divergence(p, q):
    for type_p, type_q, function in _registered:
        if isinstance(p, type_p) and isinstance(q, type_q):
            return function(p, q)
    pairs = [(Independent, _independents), (Normal, _normals), (Categorical, _categoricals), (Bernoulli, _bernoullis),
             (MultivariateNormal, _multivariate_normals), (OneHotCategorical, _one_hots), (Laplace, _laplaces),
             (Exponential, _exponentials), (Uniform, _uniforms)]
    for kind, function in pairs:
        if isinstance(p, kind) and isinstance(q, kind):
            return function(p, q)
    raise NotImplementedError("kl_divergence() of these distributions is not run here")
