"""scipy.signal: windows, and filters made of them."""

import math

import numpy
import torch
from scipy.signal.windows import (
    bartlett, blackman, blackmanharris, boxcar, cosine, flattop, gaussian, general_cosine, get_window, hamming, hann,
    kaiser, nuttall, triang, tukey)


def kaiser_beta(a):
    if a > 50:
        return 0.1102 * (a - 8.7)
    return 0.5842 * (a - 21) ** 0.4 + 0.07886 * (a - 21) if a > 21 else 0.0


def kaiser_atten(numtaps, width):
    return 2.285 * (numtaps - 1) * math.pi * width + 7.95


def firwin(numtaps, cutoff, width=None, window="hamming", pass_zero=True, scale=True, fs=2.0):
    """The taps of a filter that lets through some bands of frequencies."""
    cutoff = [float(each) * 2 / fs for each in (cutoff if isinstance(cutoff, (list, tuple)) else numpy.ravel([cutoff]))]
    if isinstance(pass_zero, str):
        pass_zero = pass_zero in ("lowpass", "bandstop")
    if width is not None:
        window = ("kaiser", kaiser_beta(kaiser_atten(numtaps, float(width) * 2 / fs)))
    edges = ([0.0] if pass_zero else []) + cutoff
    edges = edges + ([1.0] if len(edges) % 2 else [])
    places = torch.arange(numtaps, dtype=torch.float64) - 0.5 * (numtaps - 1)
    taps = torch.zeros(numtaps, dtype=torch.float64)
    for left, right in zip(edges[::2], edges[1::2]):
        taps = taps + right * torch.sinc(right * places) - left * torch.sinc(left * places)
    taps = taps * get_window(window, numtaps, fftbins=False)
    if scale:
        middle = 0.0 if edges[0] == 0 else 1.0 if edges[1] == 1 else 0.5 * (edges[0] + edges[1])
        taps = taps / torch.sum(taps * torch.cos(math.pi * places * middle))
    return numpy.asarray(taps)


def convolve(in1, in2, mode="full", method="auto"):
    in1, in2 = numpy.floating(in1), numpy.floating(in2)
    if in1.ndim != 1 or in2.ndim != 1:
        raise NotImplementedError("scipy.signal.convolve is served of rows of numbers alone")
    padded = torch.nn.functional.pad(in1, (len(in2) - 1, len(in2) - 1))
    full = torch.nn.functional.conv1d(padded[None, None], torch.flip(in2, [0])[None, None])[0, 0]
    if mode == "full":
        return numpy.asarray(full)
    size = len(in1) if mode == "same" else len(in1) - len(in2) + 1
    start = (len(full) - size) // 2
    return numpy.asarray(full[start:start + size])


def cont2discrete(system, dt, method="zoh", alpha=None):
    """The steps of time dt of x' = a x + b u, y = c x + d u."""
    a, b, c, d = [numpy.floating(each) for each in system]
    here = torch.eye(a.shape[0], dtype=a.dtype)
    if method == "zoh":
        still = torch.zeros(b.shape[1], a.shape[0] + b.shape[1], dtype=a.dtype)
        rows = torch.cat([torch.cat([a, b], 1) * dt, still], 0)
        made = torch.matrix_exp(rows)[:a.shape[0]]
        step, inputs, outputs = made[:, :a.shape[0]], made[:, a.shape[0]:], c
    elif method in ("gbt", "bilinear", "tustin", "euler", "forward_diff", "backward_diff"):
        shares = {"bilinear": 0.5, "tustin": 0.5, "euler": 0.0, "forward_diff": 0.0, "backward_diff": 1.0}
        alpha = shares.get(method, alpha)
        ahead = here - alpha * dt * a
        step = torch.linalg.solve(ahead, here + (1.0 - alpha) * dt * a)
        inputs = torch.linalg.solve(ahead, dt * b)
        outputs = torch.transpose(torch.linalg.solve(torch.transpose(ahead, 0, 1), torch.transpose(c, 0, 1)), 0, 1)
        d = d + alpha * torch.matmul(c, inputs)
    else:
        raise NotImplementedError("scipy.signal.cont2discrete by " + method + " is not served")
    return numpy.asarray(step), numpy.asarray(inputs), numpy.asarray(outputs), numpy.asarray(d), dt
