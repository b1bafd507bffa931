"""What it costs that a model is built from its Python source, as ratios within one run.

    .deps/venv/bin/python tests/bench/bench_source.py [--rounds N]

build   the front end's time for torchvision's networks (no weights read), and LoadModel of state_dict + source beyond
        LoadModel of the same weights as a TorchScript file
run     answers of the model built from source against the one from torch.jit.script, turn by turn
lines   of the front end, of Sconce's own torch.nn
"""

import argparse
import inspect
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torchvision

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(ROOT / "tests" / "interop")]

import wire  # noqa: E402
from daemon import Daemon  # noqa: E402
from source_models import build  # noqa: E402
from test_source_published import SHARED, VISION, sources  # noqa: E402

NETWORKS = {"resnet50": "resnet", "mobilenet_v3_small": "mobilenetv3", "vit_b_16": "vision_transformer"}


def timed(function):
    began = time.monotonic()
    function()
    return time.monotonic() - began


def measure(client, folder, name, rounds):
    file = NETWORKS[name]
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)(weights=None).eval()
    torch.save(model.state_dict(), folder / "w.pth")
    torch.jit.script(model).save(folder / "scripted.pt")
    files = sources(folder, VISION, [f"models/{file}.py", *SHARED])
    job = {"class": name, "files": [str(folder / one) for one in files]}
    front_end = min(build([job], folder)[0]["seconds"] for _ in range(3))
    loads = {"source": dict(path="w.pth", source=files, class_name=name), "scripted": dict(path="scripted.pt")}
    took = {kind: [] for kind in loads}
    for _ in range(3):
        for kind, load in loads.items():
            took[kind].append(timed(lambda: client.load(kind, **load)))
    x = np.random.default_rng(0).random((1, 3, 224, 224), np.float32)
    inputs = {"source": {next(iter(inspect.signature(model.forward).parameters)): x}, "scripted": {"INPUT__0": x}}
    answers = {kind: [] for kind in loads}
    for turn in range(rounds + 3):
        for kind in loads:
            seconds = timed(lambda: client.infer(kind, inputs[kind]))
            if turn >= 3:
                answers[kind].append(seconds)
    beyond = statistics.median(took["source"]) - statistics.median(took["scripted"])
    ratio = statistics.median(answers["source"]) / statistics.median(answers["scripted"])
    print(f"{name:20} front end {front_end:.2f} s, load beyond TorchScript's {beyond:+.2f} s, "
          f"run time against torch.jit.script {ratio:.3f}", flush=True)
    for kind in loads:
        client.unload(kind)


def lines(pattern):
    return sum(len(path.read_text().splitlines()) for path in (ROOT / "server/frontend/python_source").rglob(pattern))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    release = ROOT / "build" / "release"
    os.environ.setdefault("BUILD_MODULE_PATH", str(release / "tests" / "frontend" / "build_module"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        daemon = Daemon(folder / "log", models=folder)
        daemon.wait_ready()
        client = wire.Client(daemon.grpc)
        for network in NETWORKS:
            measure(client, folder, network, rounds)
        daemon.stop()
    print(f"lines: {lines('*.cc') + lines('*.h')} of C++, {lines('*.py')} of torch.nn")


if __name__ == "__main__":
    main()
