"""Sequences of different lengths, padded and packed."""

from collections import namedtuple

import torch

PackedSequence = namedtuple(
    "PackedSequence", ["data", "batch_sizes", "sorted_indices", "unsorted_indices"], defaults=(None, None, None)
)


def invert_permutation(permutation):
    return None if permutation is None else torch.argsort(permutation)


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    # The operator wants lengths where the processor is, wherever the model is.
    lengths = torch.as_tensor(lengths, dtype=torch.int64).cpu()
    if enforce_sorted:
        order = None
    else:
        lengths, order = torch.sort(lengths, descending=True)
        order = order.to(input.device)
        input = input.index_select(0 if batch_first else 1, order)
    data, batch_sizes = torch.ops.aten._pack_padded_sequence(input, lengths, batch_first)
    return PackedSequence(data, batch_sizes, order, invert_permutation(order))


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    padded, lengths = torch.ops.aten._pad_packed_sequence(
        sequence.data, sequence.batch_sizes, batch_first, padding_value, -1 if total_length is None else total_length
    )
    order = sequence.unsorted_indices
    if order is not None:
        padded = padded.index_select(0 if batch_first else 1, order)
        lengths = lengths.index_select(0, order.cpu())
    return padded, lengths


def pack_sequence(sequences, enforce_sorted=True):
    lengths = torch.tensor([sequence.size(0) for sequence in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    raise NotImplementedError("unpad_sequence: sequences of different lengths are not served; return the padded tensor")


def unpack_sequence(packed_sequences):
    raise NotImplementedError("unpack_sequence: sequences of different lengths are not served; return the padded tensor")


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    return torch.ops.aten.pad_sequence(sequences, batch_first, padding_value, padding_side)
