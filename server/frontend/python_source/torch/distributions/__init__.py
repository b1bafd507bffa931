# The distributions that policies and variational models return or draw from, as far as inference needs them.
# Source of the formulas: torch/distributions/*.py.
import math

import torch
import torch.nn.functional as F
from torch.distributions import constraints, kl, transforms
from torch.distributions.kl import kl_divergence, register_kl
from torch.distributions.more import (
    Beta, Dirichlet, Exponential, Gamma, Gumbel, HalfNormal, Laplace, LogNormal, MixtureSameFamily,
    MultivariateNormal, OneHotCategorical, OneHotCategoricalStraightThrough, Poisson, RelaxedBernoulli,
    RelaxedOneHotCategorical, StudentT, TransformedDistribution)
from torch.distributions.transforms import (
    AbsTransform, AffineTransform, ComposeTransform, ExpTransform, IndependentTransform, PowerTransform,
    SigmoidTransform, SoftmaxTransform, SoftplusTransform, TanhTransform, Transform, identity_transform)


class Distribution:
    has_rsample = False
    has_enumerate_support = False
    arg_constraints = {}
    support = constraints.real
    _batch_shape = torch.Size([])
    _event_shape = torch.Size([])

    def __init__(self, batch_shape=torch.Size([]), event_shape=torch.Size([]), validate_args=None):
        self._batch_shape = batch_shape
        self._event_shape = event_shape

    @staticmethod
    def set_default_validate_args(value):
        pass

    @property
    def batch_shape(self):
        return self._batch_shape

    @property
    def event_shape(self):
        return self._event_shape

    def _extended_shape(self, sample_shape=()):
        return torch.Size(list(sample_shape) + list(self.batch_shape) + list(self.event_shape))

    @property
    def stddev(self):
        return self.variance.sqrt()

    def sample(self, sample_shape=()):
        return self.rsample(sample_shape)

    def sample_n(self, n):
        return self.sample((n,))

    def perplexity(self):
        return torch.exp(self.entropy())


def _drawn(draw, value, sample_shape):
    if len(sample_shape) == 0:
        return draw(value)
    return draw(value.expand(list(sample_shape) + list(value.shape)))


class Normal(Distribution):
    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        loc, scale = torch.as_tensor(loc), torch.as_tensor(scale)
        self.loc, self.scale = loc + torch.zeros_like(scale), scale + torch.zeros_like(loc)

    @property
    def batch_shape(self):
        return self.loc.shape

    def expand(self, batch_shape):
        return Normal(self.loc.expand(batch_shape), self.scale.expand(batch_shape))

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @property
    def stddev(self):
        return self.scale

    @property
    def variance(self):
        return self.scale.pow(2)

    def rsample(self, sample_shape=()):
        return self.loc + self.scale * _drawn(torch.randn_like, self.loc, sample_shape)

    def log_prob(self, value):
        return (-((value - self.loc) ** 2) / (2 * self.scale ** 2) - self.scale.log()
                - math.log(math.sqrt(2 * math.pi)))

    def cdf(self, value):
        return 0.5 * (1 + torch.erf((value - self.loc) / (self.scale * math.sqrt(2))))

    def icdf(self, value):
        return self.loc + self.scale * torch.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + torch.log(self.scale)


class Uniform(Distribution):
    has_rsample = True

    def __init__(self, low, high, validate_args=None):
        low, high = torch.as_tensor(low), torch.as_tensor(high)
        self.low, self.high = low + torch.zeros_like(high), high + torch.zeros_like(low)

    @property
    def batch_shape(self):
        return self.low.shape

    @property
    def mean(self):
        return (self.high + self.low) / 2

    @property
    def variance(self):
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape=()):
        return self.low + _drawn(torch.rand_like, self.low, sample_shape) * (self.high - self.low)

    def log_prob(self, value):
        inside = (self.low <= value) & (self.high > value)
        return torch.log(inside.to(self.low.dtype)) - torch.log(self.high - self.low)

    def cdf(self, value):
        return ((value - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def entropy(self):
        return torch.log(self.high - self.low)


class Bernoulli(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if probs is None:
            self.logits = torch.as_tensor(logits)
            self.probs = torch.sigmoid(self.logits)
        else:
            self.probs = torch.as_tensor(probs)
            self.logits = _logits(self.probs)

    @property
    def batch_shape(self):
        return self.probs.shape

    @property
    def mode(self):
        return (self.probs >= 0.5).to(self.probs.dtype)

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        return _drawn(torch.bernoulli, self.probs, sample_shape)

    def log_prob(self, value):
        logits, value = torch.broadcast_tensors(self.logits, value)
        return -F.binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self):
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


def _logits(probs):
    eps = torch.finfo(torch.float32).eps
    clamped = probs.clamp(min=eps, max=1 - eps)
    return torch.log(clamped) - torch.log1p(-clamped)


class Categorical(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)
            eps = torch.finfo(torch.float32).eps
            self.logits = torch.log(self.probs.clamp(min=eps, max=1 - eps))
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
            self.probs = F.softmax(self.logits, dim=-1)

    @property
    def batch_shape(self):
        return self.logits.shape[:-1]

    @property
    def param_shape(self):
        return self.logits.shape

    @property
    def _num_events(self):
        return self.logits.shape[-1]

    @property
    def mode(self):
        return self.probs.argmax(dim=-1)

    def sample(self, sample_shape=()):
        rows = self.probs.reshape(-1, self.probs.shape[-1])
        if len(sample_shape) == 0:
            return torch.multinomial(rows, 1, True).reshape(self.probs.shape[:-1])
        drawn = torch.multinomial(rows, math.prod(sample_shape), True).T
        return drawn.reshape(list(sample_shape) + list(self.probs.shape[:-1]))

    def log_prob(self, value):
        value, logits = torch.broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self):
        # Of what is impossible, not -inf * 0.
        return -(self.logits.clamp(min=torch.finfo(torch.float32).min) * self.probs).sum(-1)

    def enumerate_support(self, expand=True):
        values = torch.arange(self._num_events).reshape([-1] + [1] * (self.logits.dim() - 1))
        return values.expand([-1] + list(self.logits.shape[:-1])) if expand else values


class Independent(Distribution):
    def __init__(self, base_distribution, reinterpreted_batch_ndims, validate_args=None):
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        self.dims = list(range(-reinterpreted_batch_ndims, 0))

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    @property
    def batch_shape(self):
        shape = self.base_dist.batch_shape
        return shape[:len(shape) - len(self.dims)]

    @property
    def event_shape(self):
        shape = self.base_dist.batch_shape
        return shape[len(shape) - len(self.dims):] + self.base_dist.event_shape

    @property
    def mean(self):
        return self.base_dist.mean

    @property
    def mode(self):
        return self.base_dist.mode

    @property
    def variance(self):
        return self.base_dist.variance

    def rsample(self, sample_shape=()):
        return self.base_dist.rsample(sample_shape)

    def sample(self, sample_shape=()):
        return self.base_dist.sample(sample_shape)

    def _summed(self, value):
        return value.sum(self.dims) if self.dims else value

    def log_prob(self, value):
        return self._summed(self.base_dist.log_prob(value))

    def entropy(self):
        return self._summed(self.base_dist.entropy())
