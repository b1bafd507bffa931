"""Models built by Sconce's Python front end, beside the same classes run by PyTorch."""

import json
import os
import subprocess

import torch


def build(jobs, folder):
    """Runs build_module over jobs (class, init, define, files); gives each its result, with "module" where it was built."""
    for number, job in enumerate(jobs):
        job["out"] = str(folder / f"{number}.pt")
    (folder / "jobs.json").write_text(json.dumps(jobs))
    run = subprocess.run([os.environ["BUILD_MODULE_PATH"], folder / "jobs.json"], capture_output=True, text=True)
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(results) == len(jobs), run.stderr[-2000:]
    return results


def flat(value):
    """The tensors of what a forward returned, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for one in value.values() for tensor in flat(one)]
    if isinstance(value, (tuple, list)):
        return [tensor for one in value for tensor in flat(one)]
    return []


def difference(job, real, positional, keywords=None):
    """The largest difference between what both compute from the same weights and inputs."""
    built = torch.jit.load(job["out"])
    built.load_state_dict(real.state_dict())
    real.eval()
    with torch.no_grad():
        expected = flat(real(*positional, **(keywords or {})))
        given = flat(built(*positional, **(keywords or {})))
    assert len(expected) == len(given)
    worst = 0.0
    for one, other in zip(expected, given):
        assert one.shape == other.shape and one.dtype == other.dtype
        both = torch.stack([one.double().flatten(), other.double().flatten()])
        same = (both[0] == both[1]) | both.isnan().all(dim=0)
        worst = max(worst, (both[0] - both[1]).abs()[~same].max().item() if not same.all() else 0.0)
    return worst
