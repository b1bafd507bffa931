"""Dropout: what is not training returns its input."""

import torch


def _check(p):
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input, p=0.5, training=True, inplace=False):
    _check(p)
    if not training:
        return input
    return torch.dropout_(input, p, training) if inplace else torch.dropout(input, p, training)


def alpha_dropout(input, p=0.5, training=False, inplace=False):
    _check(p)
    if not training:
        return input
    return torch.alpha_dropout_(input, p, training) if inplace else torch.alpha_dropout(input, p, training)


def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    _check(p)
    if not training:
        return input
    if inplace:
        return torch.feature_alpha_dropout_(input, p, training)
    return torch.feature_alpha_dropout(input, p, training)


def _drop_channels(input, p, inplace, batched_dims):
    """Whole channels; an input without a batch dimension gets one for the time of the call."""
    batched = input.dim() == batched_dims
    if not batched:
        input = input.unsqueeze(0)
    result = torch.feature_dropout_(input, p, True) if inplace else torch.feature_dropout(input, p, True)
    if not batched:
        result = result.squeeze(0)
    return result


def dropout1d(input, p=0.5, training=True, inplace=False):
    _check(p)
    return _drop_channels(input, p, inplace, 3) if training else input


def dropout2d(input, p=0.5, training=True, inplace=False):
    # A 3-D input counts as batched here: PyTorch keeps that for the sake of old models.
    _check(p)
    if not training:
        return input
    return torch.feature_dropout_(input, p, True) if inplace else torch.feature_dropout(input, p, True)


def dropout3d(input, p=0.5, training=True, inplace=False):
    _check(p)
    return _drop_channels(input, p, inplace, 5) if training else input
