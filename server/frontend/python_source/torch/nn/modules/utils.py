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


def _list_with_default(out_size, defaults):
    """out_size with a default in the place of every None; the last defaults count."""
    if isinstance(out_size, int):
        return out_size
    n = len(out_size)
    if len(defaults) <= n:
        raise ValueError(f"Input dimension should be at least {n + 1}")
    return [defaults[i - n] if out_size[i] is None else out_size[i] for i in range(n)]


def consume_prefix_in_state_dict_if_present(state_dict, prefix):
    for key in list(state_dict.keys()):
        if key.startswith(prefix):
            state_dict[key[len(prefix) :]] = state_dict.pop(key)
