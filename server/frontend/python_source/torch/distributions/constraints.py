# What values a distribution has or a parameter takes; models only name them.
import math

import torch


class Constraint:
    is_discrete = False
    event_dim = 0

    def check(self, value):
        raise NotImplementedError


class _Range(Constraint):
    def __init__(self, lower_bound=-math.inf, upper_bound=math.inf, is_discrete=False):
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.is_discrete = is_discrete

    def check(self, value):
        inside = (value >= self.lower_bound) & (value <= self.upper_bound)
        return inside & (value % 1 == 0) if self.is_discrete else inside


class _Open(_Range):
    def check(self, value):
        return (value > self.lower_bound) & (value < self.upper_bound)


class _Simplex(Constraint):
    event_dim = 1

    def check(self, value):
        return torch.all(value >= 0, dim=-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class _Matrix(Constraint):
    event_dim = 2


class independent(Constraint):
    def __init__(self, base_constraint, reinterpreted_batch_ndims):
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims

    def check(self, value):
        dims = list(range(-self.reinterpreted_batch_ndims, 0))
        return torch.all(self.base_constraint.check(value).flatten(dims[0]), dim=-1)


def interval(lower_bound, upper_bound):
    return _Range(lower_bound, upper_bound)


def greater_than(lower_bound):
    return _Open(lower_bound)


def greater_than_eq(lower_bound):
    return _Range(lower_bound)


def less_than(upper_bound):
    return _Open(-math.inf, upper_bound)


def integer_interval(lower_bound, upper_bound):
    return _Range(lower_bound, upper_bound, True)


half_open_interval = interval
real = _Range()
real_vector = independent(real, 1)
positive = greater_than(0.0)
nonnegative = greater_than_eq(0.0)
unit_interval = interval(0.0, 1.0)
boolean = integer_interval(0, 1)
nonnegative_integer = integer_interval(0, math.inf)
positive_integer = integer_interval(1, math.inf)
simplex = one_hot = multinomial = _Simplex()
lower_cholesky = lower_triangular = positive_definite = positive_semidefinite = square = symmetric = _Matrix()
dependent = Constraint()
