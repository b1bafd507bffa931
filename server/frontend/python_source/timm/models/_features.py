"""What models say of the feature maps they give."""


class FeatureInfo:
    def __init__(self, feature_info, out_indices):
        self.out_indices = tuple(out_indices)
        self.info = list(feature_info)

    def get(self, key, idx=None):
        if idx is None:
            return [self.info[i][key] for i in self.out_indices]
        if isinstance(idx, (list, tuple)):
            return [self.info[i][key] for i in idx]
        return self.info[idx][key]

    def get_dicts(self, keys=None, idx=None):
        chosen = self.out_indices if idx is None else idx if isinstance(idx, (list, tuple)) else [idx]
        return [{key: self.info[i][key] for key in (keys or self.info[i])} for i in chosen]

    def channels(self, idx=None):
        return self.get("num_chs", idx)

    def reduction(self, idx=None):
        return self.get("reduction", idx)

    def module_name(self, idx=None):
        return self.get("module", idx)

    def __getitem__(self, item):
        return self.info[item]

    def __len__(self):
        return len(self.info)


def feature_take_indices(num_features, indices=None, as_set=False):
    if indices is None:
        indices = list(range(num_features))
    elif isinstance(indices, int):
        indices = list(range(num_features - indices, num_features))
    taken = [num_features + i if i < 0 else i for i in indices]
    return (set(taken) if as_set else taken), max(taken)
