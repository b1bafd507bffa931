"""Losses, for models that give one as an output."""

import math

import torch
from torch.nn._functional.activations import logsigmoid
from torch.nn._reduction import either, get_enum


def _reduced(loss, reduction):
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction != "none":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return loss


def _weighted(loss, weight, reduction):
    """The mean of these counts the weights, not the elements."""
    loss = loss * weight
    return loss.sum() / weight.sum() if reduction == "mean" else _reduced(loss, reduction)


def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    reduction = either(size_average, reduce, reduction)
    if weight is not None:
        return _weighted(torch.abs(input - target), weight, reduction)
    return torch.ops.aten.l1_loss(input, target, get_enum(reduction))


def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    reduction = either(size_average, reduce, reduction)
    if weight is not None:
        return _weighted(torch.pow(input - target, 2), weight, reduction)
    return torch.ops.aten.mse_loss(input, target, get_enum(reduction))


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    enum = get_enum(either(size_average, reduce, reduction))
    if beta == 0.0:
        return torch.ops.aten.l1_loss(input, target, enum)
    return torch.ops.aten.smooth_l1_loss(input, target, enum, beta)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    if weight is not None:
        return _reduced(torch.ops.aten.huber_loss(input, target, 0, delta) * weight, reduction)
    return torch.ops.aten.huber_loss(input, target, get_enum(reduction), delta)


def cross_entropy(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
    label_smoothing=0.0,
):
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.ops.aten.cross_entropy_loss(input, target, weight, enum, ignore_index, label_smoothing)


def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.ops.aten.nll_loss_nd(input, target, weight, enum, ignore_index)


def poisson_nll_loss(
    input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean"
):
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.poisson_nll_loss(input, target, log_input, full, eps, enum)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    if isinstance(var, (int, float)):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = torch.full_like(input, float(var))
    elif var.dim() < input.dim():
        # One variance for all of the last dimension.
        var = var.unsqueeze(-1)
    var = var.clamp_min(eps)
    loss = 0.5 * (torch.log(var) + (input - target).pow(2) / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return _reduced(loss, reduction)


def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    if size_average is not None or reduce is not None:
        reduction = either(size_average, reduce, reduction)
    if reduction == "batchmean":
        total = torch.kl_div(input, target, 2, log_target=log_target)
        return total / input.size(0)
    return torch.kl_div(input, target, get_enum(reduction), log_target=log_target)


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    enum = get_enum(either(size_average, reduce, reduction))
    if weight is not None:
        weight = weight.expand_as(target)
    return torch.ops.aten.binary_cross_entropy(input, target, weight, enum)


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.binary_cross_entropy_with_logits(input, target, weight, pos_weight, enum)


def margin_ranking_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.margin_ranking_loss(input1, input2, target, margin, enum)


def hinge_embedding_loss(input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"):
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.hinge_embedding_loss(input, target, margin, enum)


def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.ops.aten.multilabel_margin_loss(input, target, enum)


def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.ops.aten.soft_margin_loss(input, target, enum)


def multilabel_soft_margin_loss(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    reduction = either(size_average, reduce, reduction)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return _reduced(loss.mean(-1), reduction)


def cosine_embedding_loss(input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"):
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.cosine_embedding_loss(input1, input2, target, margin, enum)


def multi_margin_loss(
    input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"
):
    if p != 1 and p != 2:
        raise ValueError("only p == 1 and p == 2 supported")
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.ops.aten.multi_margin_loss(input, target, p, margin, weight, enum)


def triplet_margin_loss(
    anchor,
    positive,
    negative,
    margin=1.0,
    p=2,
    eps=1e-6,
    swap=False,
    size_average=None,
    reduce=None,
    reduction="mean",
):
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    enum = get_enum(either(size_average, reduce, reduction))
    return torch.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, enum)


def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"
):
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = torch.pairwise_distance if distance_function is None else distance_function
    far = distance(anchor, negative)
    if swap:
        far = torch.minimum(far, distance(positive, negative))
    return _reduced(torch.clamp_min(margin + distance(anchor, positive) - far, 0), reduction)


def ctc_loss(
    log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False
):
    return torch.ctc_loss(
        log_probs, targets, input_lengths, target_lengths, blank, get_enum(reduction), zero_infinity
    )
