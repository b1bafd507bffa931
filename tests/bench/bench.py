"""The figures that README quotes, each as a ratio within one run.

    .deps/venv/bin/python tests/bench/bench.py [--quick] [--rounds N]

requests/s   the small MLP (demo's iris, 4 -> 16 -> 3, one row) of sconced against a bare gRPC echo server built the same
             way, at concurrency 1, 8 and 32, one C++ load generator for both, in turns; the middle of N rounds
start        from exec to the first good answer, with the demo's models
memory       resident after start against a program that only loads LibTorch
load         LoadModel of a ResNet-18 and of the demo's models against torch::jit::load alone in a bare program
idle trap    one call after each silence of 1.02, 1.05 and 1.08 s: the slowest
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

import numpy as np  # noqa: E402

import wire  # noqa: E402
from daemon import DEMO, Daemon, free_port  # noqa: E402

METHOD = "/inference.GRPCInferenceService/ModelInfer"
BIN = pathlib.Path(os.environ.get("BENCH_BIN", ROOT / "build" / "release" / "tests" / "bench"))
SLOWEST_AFTER_SILENCE_MS = 10


def generate(address, body, *arguments):
    done = subprocess.run([BIN / "sconce_load_generator", address, METHOD, body, *map(str, arguments)],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"load generator against {address}: {done.stderr}")
    return json.loads(done.stdout)


def resident(pid, kind="VmRSS"):
    """Mebibytes; RssAnon leaves out the pages of libraries, which every process that maps them shares."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(kind + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(kind)


def row(*cells):
    print("  " + "".join(f"{cell:>{width}}" for cell, width in zip(cells, (34, 14, 14, 10))), flush=True)


def measure_throughput(daemon, echo, body, seconds, rounds):
    print("\nrequests/s, small MLP")
    row("", "sconced", "echo server", "ratio")
    for concurrency in (1, 8, 32):
        ours, bare = [], []
        for _ in range(rounds):  # in turns, so that noise of the machine hits both
            ours.append(generate(daemon.grpc, body, concurrency, seconds))
            bare.append(generate(echo, body, concurrency, seconds))
        per_second = [statistics.median(run["per_second"] for run in runs) for runs in (ours, bare)]
        latency = [statistics.median(run["p50_ms"] for run in runs) for runs in (ours, bare)]
        row(f"concurrency {concurrency}", f"{per_second[0]:.0f}", f"{per_second[1]:.0f}",
            f"{per_second[0] / per_second[1]:.2f}")
        row("p50", f"{latency[0]:.3f} ms", f"{latency[1]:.3f} ms", f"{latency[0] / latency[1]:.2f}")


def measure_start(work, rounds):
    took = []
    for number in range(rounds):
        began = time.monotonic()
        daemon = Daemon(work / f"start-{number}.log", models=DEMO / "models").wait_ready()
        client = wire.Client(daemon.grpc)
        client.infer("iris", {"x": np.ones((1, 4), np.float32)})
        took.append(time.monotonic() - began)
        client.close()
        daemon.stop()
    print(f"\nfrom exec to the first answer: {statistics.median(took):.2f} s (middle of {rounds})")


def measure_memory(daemon):
    bare = subprocess.Popen([BIN / "sconce_libtorch_alone"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    bare.stdout.readline()
    print("\nresident memory after start, MiB")
    row("", "sconced", "LibTorch alone", "ratio")
    for kind in ("VmRSS", "RssAnon"):
        ours, theirs = resident(daemon.process.pid, kind), resident(bare.pid, kind)
        row(kind, f"{ours:.0f}", f"{theirs:.0f}", f"{ours / theirs:.2f}")
    bare.stdin.close()
    bare.wait()


def large_model(folder):
    import warnings
    warnings.filterwarnings("ignore")
    import torch
    import torchvision
    torch.jit.script(torchvision.models.resnet18(weights=None).eval()).save(str(folder / "resnet18.pt"))


def measure_loads(work, rounds):
    folder = work / "loads"
    folder.mkdir()
    large_model(folder)
    for name in ("iris.pt", "digits/1/model.pt"):
        (folder / name.split("/")[0].removesuffix(".pt")).with_suffix(".pt").write_bytes((DEMO / "models" / name).read_bytes())
    daemon = Daemon(work / "loads.log", models=folder).wait_ready()
    client = wire.Client(daemon.grpc)
    print("\nload of a TorchScript file, ms (checks, freezing and warm-up included in sconced's)")
    row("", "LoadModel", "jit::load alone", "ratio")
    for name in ("iris", "digits", "resnet18"):
        took = []
        for number in range(rounds):
            began = time.monotonic()
            client.load(name, path=f"{name}.pt", version=number + 2)
            took.append((time.monotonic() - began) * 1000)
        alone = json.loads(subprocess.run([BIN / "sconce_libtorch_alone", folder / f"{name}.pt", str(rounds)],
                                          capture_output=True, text=True, check=True).stdout)["median_ms"]
        row(name, f"{statistics.median(took):.1f}", f"{alone:.1f}", f"{statistics.median(took) / alone:.1f}")
    client.close()
    daemon.stop()


def measure_silence(daemon, body, calls):
    print("\nslowest call after a silence, ms")
    worst = 0
    for gap in (1.02, 1.05, 1.08):
        report = generate(daemon.grpc, body, "gap", gap, calls)
        row(f"{gap} s", f"{report['max_ms']:.2f}")
        worst = max(worst, report["max_ms"])
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short runs: shows that it works, not how fast it is")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rounds, seconds, calls = (1, 0.5, 3) if options.quick else (options.rounds, 3, 10)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        body = work / "body"
        body.write_bytes(wire.request("iris", {"x": np.ones((1, 4), np.float32)}).SerializeToString())
        daemon = Daemon(work / "sconced.log", models=DEMO / "models").wait_ready()
        echo = f"127.0.0.1:{free_port()}"
        server = subprocess.Popen([BIN / "sconce_echo_server", echo, str(min(os.cpu_count(), 4))],
                                  stdout=subprocess.PIPE)
        try:
            server.stdout.readline()
            measure_memory(daemon)
            measure_throughput(daemon, echo, body, seconds, rounds)
            slowest = measure_silence(daemon, body, calls)
        finally:
            server.kill()
            server.wait()
            daemon.stop()
        measure_start(work, rounds)
        measure_loads(work, max(rounds, 3))
    if slowest >= SLOWEST_AFTER_SILENCE_MS:
        sys.exit(f"idle trap: {slowest:.1f} ms >= {SLOWEST_AFTER_SILENCE_MS} ms")


if __name__ == "__main__":
    main()
