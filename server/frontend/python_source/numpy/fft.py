"""numpy.fft, by torch's."""

import numpy
import torch


def fft(a, n=None, axis=-1):
    return torch.fft.fft(numpy.array(a), n, axis)


def ifft(a, n=None, axis=-1):
    return torch.fft.ifft(numpy.array(a), n, axis)


def rfft(a, n=None, axis=-1):
    return torch.fft.rfft(numpy.floating(a), n, axis)


def irfft(a, n=None, axis=-1):
    return torch.fft.irfft(numpy.array(a), n, axis)


def fftfreq(n, d=1.0):
    return torch.fft.fftfreq(n, d, dtype=torch.float64)


def rfftfreq(n, d=1.0):
    return torch.fft.rfftfreq(n, d, dtype=torch.float64)


def fftshift(x, axes=None):
    return torch.fft.fftshift(numpy.array(x), axes)
