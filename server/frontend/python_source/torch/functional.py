"""Functions of torch whose Python signature is not their operator's."""

import torch


def stft(
    input,
    n_fft,
    hop_length=None,
    win_length=None,
    window=None,
    center=True,
    pad_mode="reflect",
    normalized=False,
    onesided=None,
    return_complex=None,
    align_to_window=None,
):
    return torch.ops.aten.stft(
        input,
        n_fft,
        hop_length,
        win_length,
        window,
        center,
        pad_mode,
        normalized,
        onesided,
        return_complex,
        align_to_window,
    )


def _wanted(results, return_inverse, return_counts):
    values, inverse, counts = results
    if return_inverse:
        return (values, inverse, counts) if return_counts else (values, inverse)
    return (values, counts) if return_counts else values


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    if dim is None:
        results = torch.ops.aten._unique2(input, sorted, return_inverse, return_counts)
    else:
        results = torch.ops.aten.unique_dim(input, dim, sorted, return_inverse, return_counts)
    return _wanted(results, return_inverse, return_counts)


def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    results = torch.ops.aten.unique_consecutive(input, return_inverse, return_counts, dim)
    return _wanted(results, return_inverse, return_counts)


def tensordot(a, b, dims=2):
    if isinstance(dims, int):
        return torch.ops.aten.tensordot(a, b, list(range(-dims, 0)), list(range(dims)))
    one, other = dims
    one = [one] if isinstance(one, int) else list(one)
    other = [other] if isinstance(other, int) else list(other)
    return torch.ops.aten.tensordot(a, b, one, other)


def qr(input, some=True):
    return torch.linalg.qr(input, "reduced" if some else "complete")


def split(tensor, split_size_or_sections=None, dim=0, split_size=None):
    # The method calls it split_size.
    return torch.ops.aten.split(tensor, split_size if split_size is not None else split_size_or_sections, dim)


def full(size, fill_value, **options):
    if isinstance(fill_value, bool) and options.get("dtype") is None:
        options["dtype"] = torch.bool
    return torch.ops.aten.full(size, fill_value, **{k: v for k, v in options.items() if k != "requires_grad"})


def new_tensor(input, data, dtype=None, device=None, requires_grad=False):
    made = torch.as_tensor(data)
    return made.type_as(input) if dtype is None else made.to(dtype)


def lu(A, pivot=True, get_infos=False):
    factors, pivots = torch.linalg.lu_factor(A, pivot=pivot)
    return (factors, pivots, pivots.new_zeros(1)) if get_infos else (factors, pivots)
