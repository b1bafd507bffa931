# Sconce's own einops: patterns are text that is known while the model is built; sizes may come with each request.
import torch


class EinopsError(ValueError):
    pass


def _side(text, pattern):
    """The groups of one side: lists of axes; "..." is an axis of its own ("(...)" in brackets), "1" is none."""
    groups = []
    inside = None
    for word in text.replace("(", " ( ").replace(")", " ) ").replace("...", " ... ").split():
        if word == "(":
            if inside is not None:
                raise EinopsError("brackets within brackets in pattern " + repr(pattern))
            inside = []
        elif word == ")":
            if inside is None:
                raise EinopsError("a bracket is closed that was not opened in pattern " + repr(pattern))
            groups.append(inside)
            inside = None
        else:
            if word != "..." and not word.isidentifier() and not word.isdigit():
                raise EinopsError("no name of an axis: " + repr(word) + " in pattern " + repr(pattern))
            axes = [] if word == "1" else [word]
            if inside is None:
                groups.append(axes)
            else:
                inside.extend(["(...)"] if word == "..." else axes)
    if inside is not None:
        raise EinopsError("a bracket is not closed in pattern " + repr(pattern))
    names = [axis for group in groups for axis in group if not axis.isdigit()]
    for i in range(len(names)):
        if names[i] in names[:i]:
            raise EinopsError("axis " + repr(names[i]) + " twice on one side of pattern " + repr(pattern))
    return groups


_ELLIPSIS = ["..."]  # a group of its own on the right, where its axes come apart again


def _merged(x, left, pattern):
    """x with what "..." stands for as one axis, and the lengths of what that was; None: there is no "..."."""
    before = left.index(["..."]) if ["..."] in left else len(left)
    after = max(len(left) - before - 1, 0)
    fits = x.dim() >= before + after if before < len(left) else x.dim() == before
    if not fits:
        raise EinopsError("pattern " + repr(pattern) + " does not fit a tensor of " + str(x.dim()) + " dimensions")
    if before == len(left):
        return x, None
    end = x.dim() - after
    rest = x.shape[before:end]
    return x.reshape([*x.shape[:before], _product(rest), *x.shape[end:]]), rest


def _product(sizes):
    total = 1
    for size in sizes:
        total = total * size
    return total


def _reduced(x, dims, how):
    if callable(how):
        return how(x, tuple(dims))
    if how == "mean":
        return x.mean(dims)
    if how == "sum":
        return x.sum(dims)
    if how == "max":
        return x.amax(dims)
    if how == "min":
        return x.amin(dims)
    if how == "prod":
        for dim in reversed(dims):
            x = x.prod(dim)
        return x
    raise EinopsError("no such reduction: " + repr(how))


def _apply(x, pattern, how, lengths):
    if isinstance(x, (list, tuple)):
        x = torch.stack(list(x))
    sides = pattern.split("->")
    if len(sides) != 2:
        raise EinopsError("a pattern has one '->': " + repr(pattern))
    left = _side(sides[0], pattern)
    right = _side(sides[1], pattern)
    x, rest = _merged(x, left, pattern)
    if rest is None and any("(...)" in group for group in left):
        raise EinopsError("'...' in brackets on the left of pattern " + repr(pattern))
    right = [["..." if axis == "(...)" else axis for axis in group] if group != ["..."] else _ELLIPSIS for group in right]
    if rest is None and any("..." in group for group in right):
        raise EinopsError("'...' only on the right of pattern " + repr(pattern))
    for axis in lengths:
        if not any(axis in group for group in left + right):
            raise EinopsError("no axis " + repr(axis) + " in pattern " + repr(pattern))
    sizes = dict(lengths)
    flat = []
    for i in range(len(left)):
        group = []
        unknown = []
        for axis in left[i]:
            if axis.isdigit():
                length = int(axis)
                axis = "#" + str(len(flat) + len(group))
                sizes[axis] = length
            elif axis not in sizes:
                unknown.append(axis)
            group.append(axis)
        if len(unknown) > 1:
            raise EinopsError("lengths of " + repr(unknown) + " can't be told in pattern " + repr(pattern))
        if group and not unknown and _product([sizes[axis] for axis in group]) != x.shape[i]:
            raise EinopsError("a length of " + repr(left[i]) + " in pattern " + repr(pattern) + " is not the tensor's")
        if unknown:
            known = [sizes[axis] for axis in group if axis in sizes]
            sizes[unknown[0]] = x.shape[i] // _product(known) if known else x.shape[i]
        flat.extend(group)
    if any(len(group) != 1 for group in left):
        x = x.reshape([sizes[axis] for axis in flat])
    wanted = [axis for group in right for axis in group]
    dropped = [i for i in range(len(flat)) if flat[i] not in wanted]
    added = [axis for axis in wanted if axis not in flat]
    if dropped and (how == "rearrange" or how == "repeat"):
        raise EinopsError("axes only on the left of pattern " + repr(pattern))
    if added and how != "repeat":
        raise EinopsError("axes only on the right of pattern " + repr(pattern))
    if dropped:
        x = _reduced(x, dropped, how)
    kept = [axis for axis in flat if axis in wanted]
    order = [kept.index(axis) for axis in wanted if axis in kept]
    if order != list(range(len(order))):
        x = x.permute(order)
    if added:
        shape = []
        for i in range(len(wanted)):
            axis = wanted[i]
            if axis in kept:
                shape.append(-1)
            else:
                x = x.unsqueeze(i)
                if not axis.isdigit() and axis not in sizes:
                    raise EinopsError("no length for axis " + repr(axis) + " of pattern " + repr(pattern))
                shape.append(int(axis) if axis.isdigit() else sizes[axis])
        x = x.expand(shape)
    if any(len(group) != 1 or group is _ELLIPSIS for group in right):
        shape = []
        for group in right:
            if group is _ELLIPSIS:
                shape = [*shape, *rest]
            else:
                shape.append(_product([int(a) if a.isdigit() else sizes[a] for a in group]))
        x = x.reshape(shape)
    return x


def rearrange(tensor, pattern, **axes_lengths):
    return _apply(tensor, pattern, "rearrange", axes_lengths)


def repeat(tensor, pattern, **axes_lengths):
    return _apply(tensor, pattern, "repeat", axes_lengths)


def reduce(tensor, pattern, reduction, **axes_lengths):
    return _apply(tensor, pattern, reduction, axes_lengths)


def parse_shape(x, pattern):
    groups = _side(pattern, pattern)
    sizes = {}
    for i in range(len(groups)):
        if groups[i] and groups[i] != ["..."] and groups[i][0] != "_":
            sizes[groups[i][0]] = x.shape[i - len(groups) if ["..."] in groups[:i] else i]
    fits = x.dim() >= len(groups) - 1 if ["..."] in groups else x.dim() == len(groups)
    if not fits:
        raise EinopsError("pattern " + repr(pattern) + " does not fit a tensor of " + str(x.dim()) + " dimensions")
    return sizes


def einsum(*arguments):
    pattern = arguments[-1]
    letters = {}
    text = ""
    for word in pattern.replace("->", " -> ").replace(",", " , ").split():
        if word in ("->", ",", "..."):
            text += word
        else:
            if word not in letters:
                letters[word] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(letters)]
            text += letters[word]
    return torch.einsum(text, *arguments[:-1])


def _packing(pattern):
    axes = pattern.split()
    if axes.count("*") != 1:
        raise EinopsError("a packing pattern has one '*': " + repr(pattern))
    before = axes.index("*")
    return before, len(axes) - 1 - before


def pack(tensors, pattern):
    before, after = _packing(pattern)
    parts = []
    shapes = []
    for x in tensors:
        end = x.dim() - after
        if end < before:
            raise EinopsError("pattern " + repr(pattern) + " does not fit a tensor of " + str(x.dim()) + " dimensions")
        shape = [x.shape[i] for i in range(x.dim())]
        shapes.append(torch.Size(shape[before:end]))
        parts.append(x.reshape(shape[:before] + [_product(shape[before:end])] + shape[end:]))
    return torch.cat(parts, before), shapes


def unpack(tensor, packed_shapes, pattern):
    before, after = _packing(pattern)
    shape = [tensor.shape[i] for i in range(tensor.dim())]
    lengths = [-1 if -1 in list(one) else _product(one) for one in packed_shapes]
    out = []
    start = 0
    for i in range(len(lengths)):
        length = lengths[i]
        if length == -1:
            length = shape[before] - start - _product([1]) * sum(lengths[i + 1:])
        part = tensor.narrow(before, start, length)
        out.append(part.reshape(shape[:before] + list(packed_shapes[i]) + shape[before + 1:]))
        start = start + length
    return out
