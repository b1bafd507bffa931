# The distributions that policies and variational models return or draw from, as far as inference needs them.
# Source of the formulas: torch/distributions/*.py.
import math

import torch
import torch.nn.functional as F


class Distribution:
    def __init__(self, validate_args=None):
        pass

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
    return draw(value.expand(list(sample_shape) + value.shape))


class Normal(Distribution):
    def __init__(self, loc, scale, validate_args=None):
        loc, scale = torch.as_tensor(loc), torch.as_tensor(scale)
        self.loc, self.scale = loc + torch.zeros_like(scale), scale + torch.zeros_like(loc)

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

    def entropy(self):
        return 0.5 + 0.5 * math.log(2 * math.pi) + torch.log(self.scale)


class Uniform(Distribution):
    def __init__(self, low, high, validate_args=None):
        low, high = torch.as_tensor(low), torch.as_tensor(high)
        self.low, self.high = low + torch.zeros_like(high), high + torch.zeros_like(low)

    @property
    def mean(self):
        return (self.high + self.low) / 2

    @property
    def variance(self):
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape=()):
        return self.low + _drawn(torch.rand_like, self.low, sample_shape) * (self.high - self.low)

    def entropy(self):
        return torch.log(self.high - self.low)


class Bernoulli(Distribution):
    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        self.probs = torch.sigmoid(logits) if probs is None else probs
        self.logits = _logits(probs) if logits is None else logits

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        return _drawn(torch.bernoulli, self.probs, sample_shape)

    def log_prob(self, value):
        return -F.binary_cross_entropy_with_logits(self.logits, value, reduction="none")

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
    def mode(self):
        return self.probs.argmax(dim=-1)

    def sample(self, sample_shape=()):
        if len(sample_shape) > 0:
            raise NotImplementedError("Categorical.sample() of a shape is not run here; sample one at a time")
        rows = self.probs.reshape(-1, self.probs.shape[-1])
        return torch.multinomial(rows, 1, True).reshape(self.probs.shape[:-1])

    def log_prob(self, value):
        return self.logits.gather(-1, value.long().unsqueeze(-1)).squeeze(-1)

    def entropy(self):
        return -(self.logits * self.probs).sum(-1)


class Independent(Distribution):
    def __init__(self, base_distribution, reinterpreted_batch_ndims, validate_args=None):
        self.base_dist = base_distribution
        self.dims = list(range(-reinterpreted_batch_ndims, 0))

    @property
    def mean(self):
        return self.base_dist.mean

    @property
    def variance(self):
        return self.base_dist.variance

    def rsample(self, sample_shape=()):
        return self.base_dist.rsample(sample_shape)

    def sample(self, sample_shape=()):
        return self.base_dist.sample(sample_shape)

    def log_prob(self, value):
        return self.base_dist.log_prob(value).sum(self.dims)

    def entropy(self):
        return self.base_dist.entropy().sum(self.dims)


def kl_divergence(p, q):
    if isinstance(p, Independent) and isinstance(q, Independent):
        return kl_divergence(p.base_dist, q.base_dist).sum(p.dims)
    if isinstance(p, Normal) and isinstance(q, Normal):
        ratio = (p.scale / q.scale).pow(2)
        return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())
    if isinstance(p, Categorical) and isinstance(q, Categorical):
        return (p.probs * (p.logits - q.logits)).sum(-1)
    raise NotImplementedError("kl_divergence() of these distributions is not run here")
