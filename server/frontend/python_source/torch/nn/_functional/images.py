"""Padding, resizing and sampling."""

import torch
from torch.nn._functional.pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d


def pad(input, pad, mode="constant", value=None):
    return torch.ops.aten.pad(input, pad, mode, value)


def pixel_shuffle(input, upscale_factor):
    return torch.pixel_shuffle(input, upscale_factor)


def pixel_unshuffle(input, downscale_factor):
    return torch.pixel_unshuffle(input, downscale_factor)


def channel_shuffle(input, groups):
    return torch.channel_shuffle(input, groups)


def native_channel_shuffle(input, groups):
    return torch.native_channel_shuffle(input, groups)


# The dimensions behind batch and channels that a mode is for; the others take any number from 1 to 3.
_DIMS = {"linear": 1, "bilinear": 2, "bicubic": 2, "lanczos": 2, "trilinear": 3}


def _is_list(value):
    return isinstance(value, (tuple, list))


def _each(value, n):
    """A value for each of n dimensions. By index: how long the size of an input is may be unknown."""
    if value is None:
        return None
    return [value[i] for i in range(n)] if _is_list(value) else [value for _ in range(n)]


def _factors(value, n):
    values = _each(value, n)
    return None if values is None else [float(one) for one in values]


def _resize(input, n, size, scale_factor, mode, align_corners, recompute, antialias):
    """interpolate() of an input with n dimensions behind batch and channels."""
    sizes = _each(size, n)
    scales = _factors(scale_factor, n)
    if recompute or (mode == "area" and sizes is None):
        sizes = [int(float(input.size(i + 2)) * scales[i]) for i in range(n)]
        scales = None
    if mode == "area":
        pools = [adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d]
        return pools[n - 1](input, sizes)
    aten = torch.ops.aten
    if mode == "nearest":
        nearest = [aten.upsample_nearest1d, aten.upsample_nearest2d, aten.upsample_nearest3d]
        return nearest[n - 1](input, sizes, scales)
    if mode == "nearest-exact":
        exact = [
            aten._upsample_nearest_exact1d,
            aten._upsample_nearest_exact2d,
            aten._upsample_nearest_exact3d,
        ]
        return exact[n - 1](input, sizes, scales)
    if mode == "linear":
        return aten.upsample_linear1d(input, sizes, align_corners, scales)
    if mode == "bilinear":
        if antialias:
            return aten._upsample_bilinear2d_aa(input, sizes, align_corners, scales)
        return aten.upsample_bilinear2d(input, sizes, align_corners, scales)
    if mode == "bicubic":
        if antialias:
            return aten._upsample_bicubic2d_aa(input, sizes, align_corners, scales)
        return aten.upsample_bicubic2d(input, sizes, align_corners, scales)
    if mode == "lanczos":
        return aten._upsample_lanczos2d_aa(input, sizes, align_corners, scales)
    return aten.upsample_trilinear3d(input, sizes, align_corners, scales)


def _check_interpolation(size, scale_factor, mode, align_corners, recompute, antialias):
    plain = ("nearest", "area", "nearest-exact")
    if mode not in plain and mode not in ("linear", "bilinear", "bicubic", "trilinear", "lanczos"):
        raise NotImplementedError(f"interpolate has no mode {mode}")
    if mode in plain and align_corners is not None:
        raise ValueError(f"align_corners has no meaning for mode {mode}")
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if recompute and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if antialias and mode not in ("bilinear", "bicubic", "lanczos"):
        raise ValueError("Anti-alias option is restricted to bilinear, bicubic, and lanczos modes")
    if mode == "lanczos" and (align_corners or not antialias):
        raise ValueError("Lanczos mode requires antialias=True and does not support align_corners=True")


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    recompute = bool(recompute_scale_factor)
    _check_interpolation(size, scale_factor, mode, align_corners, recompute, antialias)
    corners = bool(align_corners)
    given = scale_factor if size is None else size
    if mode in _DIMS:
        n = _DIMS[mode]
        if _is_list(given) and not isinstance(given, torch.Size) and len(given) != n:
            raise ValueError(f"mode {mode} is for {n} spatial dimensions, but got {len(given)} values")
        return _resize(input, n, size, scale_factor, mode, corners, recompute, antialias)
    # One number for all dimensions: only the input knows how many there are.
    n = len(given) if _is_list(given) else input.dim() - 2
    if n == 2:
        result = _resize(input, 2, size, scale_factor, mode, corners, recompute, antialias)
    elif n == 1:
        result = _resize(input, 1, size, scale_factor, mode, corners, recompute, antialias)
    else:
        result = _resize(input, 3, size, scale_factor, mode, corners, recompute, antialias)
    return result


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    modes = {"bilinear": 0, "nearest": 1, "bicubic": 2}
    paddings = {"zeros": 0, "border": 1, "reflection": 2}
    if mode not in modes:
        raise ValueError(f"grid_sample has the modes bilinear, nearest and bicubic, not {mode}")
    if padding_mode not in paddings:
        raise ValueError(
            f"grid_sample has the padding modes zeros, border and reflection, not {padding_mode}"
        )
    return torch.grid_sampler(input, grid, modes[mode], paddings[padding_mode], bool(align_corners))


def affine_grid(theta, size, align_corners=None):
    return torch.affine_grid_generator(theta, size, bool(align_corners))
