class Counter(dict):
    """collections.Counter"""

    def __init__(self, iterable=(), **counts):
        super().__init__()
        self.update(iterable, **counts)

    def __getitem__(self, key):
        return self.get(key, 0)

    def update(self, iterable=(), **counts):
        if isinstance(iterable, dict):
            for key, count in iterable.items():
                self[key] = self[key] + count
        else:
            for key in iterable:
                self[key] = self[key] + 1
        for key, count in counts.items():
            self[key] = self[key] + count

    def most_common(self, n=None):
        ordered = sorted(self.items(), key=lambda entry: -entry[1])
        return ordered if n is None else ordered[:n]
