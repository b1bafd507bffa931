"""Python's itertools, as lists."""


class chain:
    def __new__(cls, *iterables):
        return [item for each in iterables for item in each]

    @staticmethod
    def from_iterable(iterables):
        return [item for each in iterables for item in each]


def repeat(object, times):
    return [object] * times


def cycle(iterable):
    # As long as anybody's models are deep.
    items = list(iterable)
    return items * (4096 // len(items)) if items else items


def product(*iterables, repeat=1):
    rows = [()]
    for each in list(iterables) * repeat:
        rows = [row + (item,) for row in rows for item in each]
    return rows


def _choose(items, r, rest):
    """r items in order; after items[i] those of rest(items, i) may follow."""
    if r == 0:
        return [()]
    return [(items[i],) + more for i in range(len(items)) for more in _choose(rest(items, i), r - 1, rest)]


def combinations(iterable, r):
    return _choose(list(iterable), r, lambda items, i: items[i + 1 :])


def combinations_with_replacement(iterable, r):
    return _choose(list(iterable), r, lambda items, i: items[i:])


def permutations(iterable, r=None):
    items = list(iterable)
    return _choose(items, len(items) if r is None else r, lambda items, i: items[:i] + items[i + 1 :])


def accumulate(iterable, func=None, initial=None):
    totals = []
    total = initial
    if initial is not None:
        totals.append(initial)
    for item in iterable:
        total = item if len(totals) == 0 else total + item if func is None else func(total, item)
        totals.append(total)
    return totals


def zip_longest(*iterables, fillvalue=None):
    columns = [list(each) for each in iterables]
    length = max([len(column) for column in columns]) if columns else 0
    return [tuple([column[i] if i < len(column) else fillvalue for column in columns]) for i in range(length)]


def islice(iterable, *limits):
    return list(iterable)[slice(*limits)]


def starmap(function, iterable):
    return [function(*arguments) for arguments in iterable]


def pairwise(iterable):
    items = list(iterable)
    return list(zip(items[:-1], items[1:]))


def takewhile(predicate, iterable):
    taken = []
    for item in iterable:
        if not predicate(item):
            break
        taken.append(item)
    return taken
