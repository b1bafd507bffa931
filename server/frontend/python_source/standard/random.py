"""Python's random numbers: drawn anew in each request where forward draws them. No seed repeats Python's sequence."""

import torch


def seed(a=None, version=2):
    pass


def random():
    return float(torch.rand([], dtype=torch.float64).item())


def uniform(a, b):
    return a + (b - a) * random()


def gauss(mu=0.0, sigma=1.0):
    return mu + sigma * float(torch.randn([], dtype=torch.float64).item())


normalvariate = gauss


def randrange(start, stop=None, step=1):
    if stop is None:
        start, stop = 0, start
    return start + step * int(random() * ((stop - start + step - 1) // step))


def randint(a, b):
    return randrange(a, b + 1)


def choice(seq):
    return seq[randrange(len(seq))]
