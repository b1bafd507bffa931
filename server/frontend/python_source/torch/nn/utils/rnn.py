"""Sequences of different lengths. Packing them is refused by name; see _refuse for what to do instead."""

import torch


def _refuse(name):
    raise NotImplementedError(
        f"{name}: packed sequences are not supported. Call the layer on the padded tensor; a layer of one "
        "direction gives the same outputs up to each sequence's end, where its last state is to be picked"
    )


class PackedSequence:
    def __init__(self, *args, **kwargs):
        _refuse("PackedSequence")


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    _refuse("pack_padded_sequence")


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    _refuse("pad_packed_sequence")


def pack_sequence(sequences, enforce_sorted=True):
    _refuse("pack_sequence")


def unpack_sequence(packed_sequences):
    _refuse("unpack_sequence")


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    return torch.ops.aten.pad_sequence(sequences, batch_first, padding_value, padding_side)
