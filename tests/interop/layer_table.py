"""The table of torch.nn's layers in the folder of Sconce's own: python3 layer_table.py writes it anew, a test compares."""

import collections
import sys
from pathlib import Path

import torch

import own_nn

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "data"))
import nn_cases  # noqa: E402

TABLE = ROOT / "server" / "frontend" / "python_source" / "torch" / "nn" / "README.md"
# What models do not serve.
NOT_LAYERS = {"Module", "Container", "UninitializedParameter", "UninitializedBuffer"}


def cases_by_layer():
    """How many configurations have a layer, outermost or within another."""
    counts = collections.Counter()

    def visit(value, found):
        if isinstance(value, nn_cases.Layer):
            found.add(value.name)
            value = (value.args, value.kwargs)
        if isinstance(value, dict):
            value = tuple(value.values())
        if isinstance(value, (tuple, list)):
            for one in value:
                visit(one, found)

    for case in nn_cases.CASES:
        found = {case.name}
        visit((case.args, case.kwargs), found)
        counts.update(found)
    return counts


def table():
    counts = cases_by_layer()
    rows, missing = collections.defaultdict(list), []
    for name in sorted(vars(torch.nn)):
        real = getattr(torch.nn, name)
        if not isinstance(real, type) or not issubclass(real, torch.nn.Module) or name in NOT_LAYERS:
            continue
        if hasattr(own_nn.nn, name) and not name.startswith("Lazy"):
            rows[real.__module__.removeprefix("torch.nn.modules.")].append(f"| `{name}` | {counts[name] or ''} |")
        else:
            missing.append(f"`{name}`")
    served = sum(len(group) for group in rows.values())
    lines = [
        "# Sconce's own torch.nn", "",
        "The files below are part of the program: the front end reads them as it reads a user's, so a layer is what its file says.",
        f"{served} of the {served + len(missing)} layers of PyTorch {torch.__version__.split('+')[0]} are here. For each, how many configurations are compared with",
        "PyTorch, once built from source and once from a pickled model (results within 1e-5; tests/data/nn_cases.py). No number: it is there and",
        "not compared alone (containers, base classes, what draws at random or belongs to training).", ""]
    for group in sorted(rows):
        lines += [f"## {group}", "", "| layer | configurations |", "|---|---|", *rows[group], ""]
    if missing:
        lines += ["## Refused by name", "", ", ".join(missing), "",
                  "(Lazy layers take their sizes from their first input; they must be known when the model is built.)", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    TABLE.write_text(table())
