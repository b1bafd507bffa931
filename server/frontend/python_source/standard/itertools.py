"""Python's itertools, as lists."""


class chain:
    def __new__(cls, *iterables):
        return [item for each in iterables for item in each]

    @staticmethod
    def from_iterable(iterables):
        return [item for each in iterables for item in each]


def repeat(object, times):
    return [object] * times


def product(*iterables, repeat=1):
    rows = [()]
    for each in list(iterables) * repeat:
        rows = [row + (item,) for row in rows for item in each]
    return rows


def combinations(iterable, r):
    items = list(iterable)
    if r == 0:
        return [()]
    chosen = []
    for i in range(len(items) - r + 1):
        chosen += [(items[i],) + rest for rest in combinations(items[i + 1 :], r - 1)]
    return chosen


def combinations_with_replacement(iterable, r):
    items = list(iterable)
    if r == 0:
        return [()]
    chosen = []
    for i in range(len(items)):
        chosen += [(items[i],) + rest for rest in combinations_with_replacement(items[i:], r - 1)]
    return chosen


def permutations(iterable, r=None):
    items = list(iterable)
    if r is None:
        r = len(items)
    if r == 0:
        return [()]
    chosen = []
    for i in range(len(items)):
        chosen += [(items[i],) + rest for rest in permutations(items[:i] + items[i + 1 :], r - 1)]
    return chosen


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
