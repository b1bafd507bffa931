# Those that are rarer, by name of the files that torch has them in too.
import math

import torch
import torch.nn.functional as F
from torch.distributions import Categorical, Distribution, Normal, _drawn
from torch.distributions.transforms import ExpTransform, Transform, _sum_rightmost


def _together(*values):
    return torch.broadcast_tensors(*[torch.as_tensor(value) for value in values])


class TransformedDistribution(Distribution):
    def __init__(self, base_distribution, transforms, validate_args=None):
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        self.base_dist = base_distribution

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    @property
    def _event_dims(self):
        dims = len(self.base_dist.event_shape)
        for transform in self.transforms:
            dims += transform.codomain.event_dim - transform.domain.event_dim
            dims = max(dims, transform.codomain.event_dim)
        return dims

    @property
    def _shape(self):
        shape = self.base_dist.batch_shape + self.base_dist.event_shape
        for transform in self.transforms:
            shape = transform.forward_shape(shape)
        return shape

    @property
    def batch_shape(self):
        shape = self._shape
        return shape[:len(shape) - self._event_dims]

    @property
    def event_shape(self):
        shape = self._shape
        return shape[len(shape) - self._event_dims:]

    def _transformed(self, x):
        for transform in self.transforms:
            x = transform(x)
        return x

    def sample(self, sample_shape=()):
        return self._transformed(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape=()):
        return self._transformed(self.base_dist.rsample(sample_shape))

    def log_prob(self, value):
        event_dim = self._event_dims
        total = 0.0
        y = value
        for transform in reversed(self.transforms):
            x = transform._inv_call(y)
            event_dim += transform.domain.event_dim - transform.codomain.event_dim
            size = transform.log_abs_det_jacobian(x, y)
            total = total - _sum_rightmost(size, event_dim - transform.domain.event_dim)
            y = x
        return total + _sum_rightmost(self.base_dist.log_prob(y), event_dim - len(self.base_dist.event_shape))

    def cdf(self, value):
        sign = 1
        for transform in reversed(self.transforms):
            value = transform._inv_call(value)
            sign = sign * transform.sign
        return sign * (self.base_dist.cdf(value) - 0.5) + 0.5


class LogNormal(TransformedDistribution):
    def __init__(self, loc, scale, validate_args=None):
        super().__init__(Normal(loc, scale), ExpTransform())

    @property
    def loc(self):
        return self.base_dist.loc

    @property
    def scale(self):
        return self.base_dist.scale

    @property
    def mean(self):
        return (self.loc + self.scale.pow(2) / 2).exp()

    @property
    def mode(self):
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self):
        return self.scale.pow(2).expm1() * (2 * self.loc + self.scale.pow(2)).exp()

    def entropy(self):
        return self.base_dist.entropy() + self.loc


class MultivariateNormal(Distribution):
    has_rsample = True

    def __init__(self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None):
        if scale_tril is not None:
            tril = scale_tril
        elif covariance_matrix is not None:
            tril = torch.linalg.cholesky(covariance_matrix)
        else:
            tril = torch.linalg.cholesky(torch.linalg.inv(precision_matrix))
        batch = torch.broadcast_shapes(loc.shape[:-1], tril.shape[:-2])
        self.loc = loc.expand(list(batch) + [-1])
        self._tril = tril
        self._covariance = covariance_matrix

    @property
    def batch_shape(self):
        return self.loc.shape[:-1]

    @property
    def event_shape(self):
        return self.loc.shape[-1:]

    def _as_batch(self, matrix):
        return matrix.expand(list(self.loc.shape) + [-1])

    @property
    def scale_tril(self):
        return self._as_batch(self._tril)

    @property
    def covariance_matrix(self):
        return self._as_batch(self._tril @ self._tril.mT if self._covariance is None else self._covariance)

    @property
    def precision_matrix(self):
        return self._as_batch(torch.cholesky_inverse(self._tril))

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        return self._tril.pow(2).sum(-1).expand(self.loc.shape)

    def rsample(self, sample_shape=()):
        drawn = _drawn(torch.randn_like, self.loc, sample_shape)
        return self.loc + (self._tril @ drawn.unsqueeze(-1)).squeeze(-1)

    def _half_log_det(self):
        return self._tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value):
        apart = torch.linalg.solve_triangular(self._tril, (value - self.loc).unsqueeze(-1), upper=False)
        size = self.loc.shape[-1] * math.log(2 * math.pi)
        return -0.5 * (size + apart.squeeze(-1).pow(2).sum(-1)) - self._half_log_det()

    def entropy(self):
        made = 0.5 * self.loc.shape[-1] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()
        return made.expand(self.loc.shape[:-1])


class _LocScale(Distribution):
    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = _together(loc, scale)

    @property
    def batch_shape(self):
        return self.loc.shape


class Laplace(_LocScale):
    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @property
    def variance(self):
        return 2 * self.scale.pow(2)

    def rsample(self, sample_shape=()):
        u = _drawn(torch.rand_like, self.loc, sample_shape) - 0.5
        return self.loc - self.scale * u.sign() * torch.log1p(-2 * u.abs())

    def log_prob(self, value):
        return -torch.log(2 * self.scale) - torch.abs(value - self.loc) / self.scale

    def entropy(self):
        return 1 + torch.log(2 * self.scale)


class Gumbel(_LocScale):
    @property
    def mean(self):
        return self.loc + self.scale * 0.57721566490153286060

    @property
    def variance(self):
        return (math.pi / math.sqrt(6)) ** 2 * self.scale.pow(2)

    def rsample(self, sample_shape=()):
        return self.loc - self.scale * torch.log(_drawn(torch.empty_like, self.loc, sample_shape).exponential_())

    def log_prob(self, value):
        y = (self.loc - value) / self.scale
        return (y - y.exp()) - self.scale.log()

    def entropy(self):
        return self.scale.log() + (1 + 0.57721566490153286060)


class Exponential(Distribution):
    has_rsample = True

    def __init__(self, rate, validate_args=None):
        self.rate = torch.as_tensor(rate)

    @property
    def batch_shape(self):
        return self.rate.shape

    @property
    def mean(self):
        return self.rate.reciprocal()

    @property
    def variance(self):
        return self.rate.pow(-2)

    def rsample(self, sample_shape=()):
        return _drawn(torch.empty_like, self.rate, sample_shape).exponential_() / self.rate

    def log_prob(self, value):
        return self.rate.log() - self.rate * value

    def entropy(self):
        return 1.0 - torch.log(self.rate)


class Poisson(Distribution):
    def __init__(self, rate, validate_args=None):
        self.rate = torch.as_tensor(rate)

    @property
    def batch_shape(self):
        return self.rate.shape

    @property
    def mean(self):
        return self.rate

    @property
    def variance(self):
        return self.rate

    def sample(self, sample_shape=()):
        return _drawn(torch.poisson, self.rate, sample_shape)

    def log_prob(self, value):
        return torch.xlogy(value, self.rate) - self.rate - (value + 1).lgamma()


class Gamma(Distribution):
    has_rsample = True

    def __init__(self, concentration, rate, validate_args=None):
        self.concentration, self.rate = _together(concentration, rate)

    @property
    def batch_shape(self):
        return self.rate.shape

    @property
    def mean(self):
        return self.concentration / self.rate

    @property
    def variance(self):
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape=()):
        return _drawn(torch._standard_gamma, self.concentration, sample_shape) / self.rate

    def log_prob(self, value):
        a, b = self.concentration, self.rate
        return torch.xlogy(a, b) + torch.xlogy(a - 1, value) - b * value - torch.lgamma(a)

    def entropy(self):
        a = self.concentration
        return a - torch.log(self.rate) + torch.lgamma(a) + (1.0 - a) * torch.digamma(a)


class Dirichlet(Distribution):
    has_rsample = True

    def __init__(self, concentration, validate_args=None):
        self.concentration = concentration

    @property
    def batch_shape(self):
        return self.concentration.shape[:-1]

    @property
    def event_shape(self):
        return self.concentration.shape[-1:]

    @property
    def mean(self):
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def variance(self):
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape=()):
        drawn = _drawn(torch._standard_gamma, self.concentration, sample_shape)
        return drawn / drawn.sum(-1, True)

    def log_prob(self, value):
        a = self.concentration
        return torch.xlogy(a - 1.0, value).sum(-1) + torch.lgamma(a.sum(-1)) - torch.lgamma(a).sum(-1)

    def entropy(self):
        a, k = self.concentration, self.concentration.shape[-1]
        total = a.sum(-1)
        return (torch.lgamma(a).sum(-1) - torch.lgamma(total) - (k - total) * torch.digamma(total)
                - ((a - 1.0) * torch.digamma(a)).sum(-1))


class Beta(Distribution):
    has_rsample = True

    def __init__(self, concentration1, concentration0, validate_args=None):
        self.concentration1, self.concentration0 = _together(concentration1, concentration0)
        self._dirichlet = Dirichlet(torch.stack([self.concentration1, self.concentration0], -1))

    @property
    def batch_shape(self):
        return self.concentration1.shape

    @property
    def mean(self):
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def variance(self):
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape=()):
        return self._dirichlet.rsample(sample_shape).select(-1, 0)

    def log_prob(self, value):
        return self._dirichlet.log_prob(torch.stack([value, 1.0 - value], -1))

    def entropy(self):
        return self._dirichlet.entropy()


class StudentT(Distribution):
    has_rsample = True

    def __init__(self, df, loc=0.0, scale=1.0, validate_args=None):
        self.df, self.loc, self.scale = _together(df, loc, scale)

    @property
    def batch_shape(self):
        return self.df.shape

    @property
    def mean(self):
        return torch.where(self.df <= 1, torch.full_like(self.loc, math.nan), self.loc)

    @property
    def mode(self):
        return self.loc

    def rsample(self, sample_shape=()):
        squares = _drawn(torch._standard_gamma, self.df / 2, sample_shape) * 2
        return self.loc + self.scale * _drawn(torch.randn_like, self.df, sample_shape) * torch.rsqrt(squares / self.df)

    def log_prob(self, value):
        y = (value - self.loc) / self.scale
        size = (self.scale.log() + 0.5 * self.df.log() + 0.5 * math.log(math.pi) + torch.lgamma(0.5 * self.df)
                - torch.lgamma(0.5 * (self.df + 1.0)))
        return -0.5 * (self.df + 1.0) * torch.log1p(y**2.0 / self.df) - size


class HalfNormal(Distribution):
    has_rsample = True

    def __init__(self, scale, validate_args=None):
        self.scale = torch.as_tensor(scale)

    @property
    def batch_shape(self):
        return self.scale.shape

    @property
    def mean(self):
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self):
        return self.scale.pow(2) * (1 - 2 / math.pi)

    def rsample(self, sample_shape=()):
        return (_drawn(torch.randn_like, self.scale, sample_shape) * self.scale).abs()

    def log_prob(self, value):
        made = Normal(torch.zeros_like(self.scale), self.scale).log_prob(value) + math.log(2)
        return torch.where(value >= 0, made, torch.full_like(made, -math.inf))

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + torch.log(self.scale) - math.log(2)


class OneHotCategorical(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        self._categorical = Categorical(probs, logits)

    @property
    def probs(self):
        return self._categorical.probs

    @property
    def logits(self):
        return self._categorical.logits

    @property
    def batch_shape(self):
        return self.logits.shape[:-1]

    @property
    def event_shape(self):
        return self.logits.shape[-1:]

    @property
    def mean(self):
        return self.probs

    @property
    def mode(self):
        return F.one_hot(self._categorical.mode, self.logits.shape[-1]).to(self.probs.dtype)

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        drawn = self._categorical.sample(sample_shape)
        return F.one_hot(drawn, self.logits.shape[-1]).to(self.probs.dtype)

    def log_prob(self, value):
        return self._categorical.log_prob(value.max(-1)[1])

    def entropy(self):
        return self._categorical.entropy()


class OneHotCategoricalStraightThrough(OneHotCategorical):
    has_rsample = True

    def rsample(self, sample_shape=()):
        return self.sample(sample_shape) + (self.probs - self.probs.detach())


class RelaxedOneHotCategorical(Distribution):
    has_rsample = True

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        self.temperature = temperature
        self._categorical = Categorical(probs, logits)

    @property
    def probs(self):
        return self._categorical.probs

    @property
    def logits(self):
        return self._categorical.logits

    def rsample(self, sample_shape=()):
        noise = _drawn(torch.empty_like, self.logits, sample_shape).exponential_().log()
        return F.softmax((self.logits - noise) / self.temperature, dim=-1)


class RelaxedBernoulli(Distribution):
    has_rsample = True

    def __init__(self, temperature, probs=None, logits=None, validate_args=None):
        self.temperature = temperature
        self.logits = torch.log(probs) - torch.log1p(-probs) if logits is None else logits
        self.probs = torch.sigmoid(self.logits) if probs is None else probs

    def rsample(self, sample_shape=()):
        u = _drawn(torch.rand_like, self.logits, sample_shape).clamp(min=1e-7, max=1 - 1e-7)
        return torch.sigmoid((u.log() - (-u).log1p() + self.logits) / self.temperature)


class MixtureSameFamily(Distribution):
    def __init__(self, mixture_distribution, component_distribution, validate_args=None):
        self.mixture_distribution = mixture_distribution
        self.component_distribution = component_distribution
        self._dims = len(component_distribution.event_shape)

    @property
    def batch_shape(self):
        return self.component_distribution.batch_shape[:-1]

    @property
    def event_shape(self):
        return self.component_distribution.event_shape

    def _weights(self):
        probs = self.mixture_distribution.probs
        return probs.reshape(list(probs.shape) + [1] * self._dims)

    @property
    def mean(self):
        return torch.sum(self._weights() * self.component_distribution.mean, dim=-1 - self._dims)

    @property
    def variance(self):
        dim = -1 - self._dims
        inside = torch.sum(self._weights() * self.component_distribution.variance, dim=dim)
        apart = (self.component_distribution.mean - self.mean.unsqueeze(dim)).pow(2.0)
        return inside + torch.sum(self._weights() * apart, dim=dim)

    def log_prob(self, value):
        each = self.component_distribution.log_prob(value.unsqueeze(-1 - self._dims))
        return torch.logsumexp(each + torch.log_softmax(self.mixture_distribution.logits, dim=-1), dim=-1)

    def sample(self, sample_shape=()):
        drawn = self.component_distribution.sample(sample_shape)
        chosen = self.mixture_distribution.sample(sample_shape)
        dim = chosen.dim()
        index = chosen.reshape(list(chosen.shape) + [1] * (self._dims + 1))
        index = index.expand(list(chosen.shape) + [1] + list(drawn.shape[dim + 1:]))
        return torch.gather(drawn, dim, index).squeeze(dim)
