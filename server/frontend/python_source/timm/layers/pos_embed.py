# Embeddings of positions brought to other sizes, and rotary ones.
import math

import torch
import torch.nn.functional as F


def resample_abs_pos_embed(posemb, new_size, old_size=None, num_prefix_tokens=1, interpolation="bicubic",
                           antialias=True, verbose=False, align_corners=None):
    tokens = posemb.shape[1] - num_prefix_tokens
    if old_size is None:
        side = int(math.sqrt(tokens))
        old_size = (side, side)
    if old_size[0] == new_size[0] and old_size[1] == new_size[1]:
        return posemb
    prefix, grid = posemb[:, :num_prefix_tokens], posemb[:, num_prefix_tokens:]
    dim = posemb.shape[-1]
    grid = grid.float().reshape(1, old_size[0], old_size[1], dim).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=new_size, mode=interpolation, align_corners=align_corners, antialias=antialias)
    grid = grid.permute(0, 2, 3, 1).reshape(1, -1, dim).to(posemb.dtype)
    return torch.cat([prefix, grid], dim=1) if num_prefix_tokens else grid


def resample_abs_pos_embed_nhwc(posemb, new_size, interpolation="bicubic", antialias=True, verbose=False):
    if new_size[0] == posemb.shape[-3] and new_size[1] == posemb.shape[-2]:
        return posemb
    grid = posemb.float().reshape(1, *posemb.shape[-3:]).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=new_size, mode=interpolation, antialias=antialias)
    return grid.permute(0, 2, 3, 1).to(posemb.dtype)


def rot(x):
    """Each pair (a, b) as (-b, a)."""
    return torch.stack([-x[..., 1::2], x[..., ::2]], -1).reshape(x.shape)


def rope_rotate_half(x):
    first, second = x.chunk(2, dim=-1)
    return torch.cat([-second, first], dim=-1)


def apply_rot_embed(x, sin_emb, cos_emb, half=False):
    return x * cos_emb + (rope_rotate_half(x) if half else rot(x)) * sin_emb


def apply_rot_embed_list(x, sin_emb, cos_emb, half=False):
    return [apply_rot_embed(each, sin_emb, cos_emb, half) for each in (x if isinstance(x, (list, tuple)) else [x])]


def apply_rot_embed_cat(x, emb, half=False):
    sin_emb, cos_emb = emb.chunk(2, dim=-1)
    return apply_rot_embed(x, sin_emb, cos_emb, half)


def freq_bands(num_bands, temperature=10000.0, step=2, device=None):
    return 1.0 / temperature ** (torch.arange(0, num_bands, step).to(torch.float32) / num_bands)


def pixel_freq_bands(num_bands, max_freq=224.0, linear_bands=True, device=None):
    if linear_bands:
        return torch.linspace(1.0, max_freq / 2, num_bands) * math.pi
    return 2 ** torch.linspace(0, math.log(max_freq, 2) - 1, num_bands) * math.pi


def ndgrid(*tensors):
    return torch.meshgrid(*tensors, indexing="ij")


def meshgrid(*tensors):
    return torch.meshgrid(*tensors, indexing="xy")


def build_sincos2d_pos_embed(feat_shape, dim=64, temperature=10000.0, reverse_coord=False, interleave_sin_cos=False,
                             dtype=torch.float32, device=None):
    if reverse_coord:
        feat_shape = feat_shape[::-1]
    bands = freq_bands(dim // 4, temperature=temperature, step=1)
    grid = torch.stack(ndgrid(*[torch.arange(size).to(torch.float32) for size in feat_shape])).flatten(1)
    places = grid.transpose(0, 1).unsqueeze(-1) * bands.unsqueeze(0)
    return torch.stack([torch.sin(places), torch.cos(places)], dim=2 if interleave_sin_cos else 1).flatten(1).to(dtype)
