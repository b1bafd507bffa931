"""scipy.signal.windows"""

import math

import numpy
import torch


def _window(M, sym, shape):
    """Of the places 0 to M - 1; one that is repeated lacks the last place of a symmetric one."""
    if M <= 1:
        return numpy.ones(M)
    size = M if sym else M + 1
    return numpy.asarray(shape(torch.arange(size, dtype=torch.float64), size)[:M])


def general_cosine(M, a, sym=True):
    def shape(n, size):
        turn = n * (2 * math.pi / (size - 1)) - math.pi
        return sum([weight * torch.cos(k * turn) for k, weight in enumerate(a)])

    return _window(M, sym, shape)


def general_hamming(M, alpha, sym=True):
    return general_cosine(M, [alpha, 1.0 - alpha], sym)


def hann(M, sym=True):
    return general_hamming(M, 0.5, sym)


def hamming(M, sym=True):
    return general_hamming(M, 0.54, sym)


def blackman(M, sym=True):
    return general_cosine(M, [0.42, 0.5, 0.08], sym)


def nuttall(M, sym=True):
    return general_cosine(M, [0.3635819, 0.4891775, 0.1365995, 0.0106411], sym)


def blackmanharris(M, sym=True):
    return general_cosine(M, [0.35875, 0.48829, 0.14128, 0.01168], sym)


def flattop(M, sym=True):
    return general_cosine(M, [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368], sym)


def boxcar(M, sym=True):
    return numpy.ones(M)


def bartlett(M, sym=True):
    return _window(M, sym, lambda n, size: 1 - torch.abs(2 * n / (size - 1) - 1))


def triang(M, sym=True):
    return _window(M, sym, lambda n, size: 1 - torch.abs(2 * n - (size - 1)) / (size + size % 2))


def cosine(M, sym=True):
    return _window(M, sym, lambda n, size: torch.sin(math.pi / size * (n + 0.5)))


def gaussian(M, std, sym=True):
    return _window(M, sym, lambda n, size: torch.exp(-((n - (size - 1) / 2) ** 2) / (2 * std * std)))


def exponential(M, center=None, tau=1.0, sym=True):
    def shape(n, size):
        return torch.exp(-torch.abs(n - ((size - 1) / 2 if center is None else center)) / tau)

    return _window(M, sym, shape)


def kaiser(M, beta, sym=True):
    def shape(n, size):
        place = 1 - (2 * n / (size - 1) - 1) ** 2
        scale = torch.special.i0(torch.tensor(float(beta), dtype=torch.float64))
        return torch.special.i0(beta * torch.sqrt(torch.clamp(place, min=0))) / scale

    return _window(M, sym, shape)


def tukey(M, alpha=0.5, sym=True):
    if alpha <= 0 or alpha >= 1:
        return boxcar(M) if alpha <= 0 else hann(M, sym)

    def shape(n, size):
        edge = torch.minimum(n, size - 1 - n) * (2 / (alpha * (size - 1)))
        return 0.5 * (1 - torch.cos(math.pi * torch.clamp(edge, max=1.0)))

    return _window(M, sym, shape)


_named = {
    "hann": hann, "hanning": hann, "hamming": hamming, "blackman": blackman, "nuttall": nuttall, "boxcar": boxcar,
    "rect": boxcar, "rectangular": boxcar, "ones": boxcar, "blackmanharris": blackmanharris, "flattop": flattop,
    "bartlett": bartlett, "triang": triang, "triangle": triang, "cosine": cosine, "gaussian": gaussian,
    "kaiser": kaiser, "tukey": tukey, "exponential": exponential, "general_cosine": general_cosine,
    "general_hamming": general_hamming,
}


def get_window(window, Nx, fftbins=True):
    if isinstance(window, (int, float)):
        return kaiser(Nx, window, not fftbins)
    if isinstance(window, str):
        return _named[window](Nx, sym=not fftbins)
    return _named[window[0]](Nx, *window[1:], sym=not fftbins)
