def get_enum(reduction):
    enums = {"none": 0, "mean": 1, "elementwise_mean": 1, "sum": 2}
    if reduction not in enums:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return enums[reduction]


def legacy_get_string(size_average, reduce, emit_warning=True):
    """What the two arguments before `reduction` said: both default to true."""
    if reduce is not None and not reduce:
        return "none"
    return "mean" if size_average is None or size_average else "sum"


def legacy_get_enum(size_average, reduce, emit_warning=True):
    return get_enum(legacy_get_string(size_average, reduce))


def either(size_average, reduce, reduction):
    """`reduction`, unless the older arguments were given."""
    if size_average is not None or reduce is not None:
        return legacy_get_string(size_average, reduce)
    return reduction
