"""Helpers that layers, and models that derive from them, share."""


def _tuple_of(value, n):
    return tuple(value) if isinstance(value, (tuple, list)) else tuple([value] * n)


def _ntuple(n, name="parse"):
    return lambda value: _tuple_of(value, n)


def _single(value):
    return _tuple_of(value, 1)


def _pair(value):
    return _tuple_of(value, 2)


def _triple(value):
    return _tuple_of(value, 3)


def _quadruple(value):
    return _tuple_of(value, 4)


def _reverse_repeat_tuple(values, n):
    return tuple([value for value in reversed(values) for _ in range(n)])


def _list_with_default(out_size, input):
    """out_size with the input's own sizes (or those of a list) in the place of every None."""
    if isinstance(out_size, int):
        return out_size
    if not isinstance(out_size, (tuple, list)):
        return out_size
    sizes = input if isinstance(input, (tuple, list)) else None
    n = len(out_size)
    filled = []
    for i in range(n):
        if out_size[i] is not None:
            filled.append(out_size[i])
        else:
            filled.append(input.size(i - n) if sizes is None else sizes[i - n])
    return filled


def consume_prefix_in_state_dict_if_present(state_dict, prefix):
    for key in list(state_dict.keys()):
        if key.startswith(prefix):
            state_dict[key[len(prefix) :]] = state_dict.pop(key)
