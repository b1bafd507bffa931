"""Distances and similarities."""

import torch


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    return torch.pairwise_distance(x1, x2, p, eps, keepdim)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    return torch.cosine_similarity(x1, x2, dim, eps)


def pdist(input, p=2.0):
    return torch.pdist(input, p)
