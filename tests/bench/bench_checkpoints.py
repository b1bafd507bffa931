"""Time and memory of loading and saving weights, each as a ratios within one run.

    .deps/venv/bin/python tests/bench/bench_checkpoints.py [--quick] [--mib 100 2048] [--rounds N]

read      having the tensors of a file in memory: against reading it once from the page cache plus one copy, against
          torch.load + load_state_dict, against safetensors.torch.load_file + load_state_dict (all from the page cache)
serve     LoadModel of the same weights onto a skeleton: peak and steady memory of the daemon against the weights' bytes
save      SaveCheckpoint and `sconce convert` against torch.save of the same (all flushed to disk); peak memory of convert
          beyond its start
inspect   `sconce inspect` of the file
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

import wire  # noqa: E402
from daemon import Daemon, program  # noqa: E402

BIN = pathlib.Path(os.environ.get("BENCH_BIN", ROOT / "build" / "release" / "tests" / "bench"))
SIDE = 2048  # each layer has SIDE * SIDE floats: 16 MiB

# Run in a process of its own, so that its memory is its own.
IN_PYTORCH = """
import sys, time, statistics, resource, torch
sys.path.insert(0, {bench!r})
from bench_checkpoints import network
torch.set_num_threads(1)
kind, path, layers, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
took = []
if kind == "save":
    state = network(layers).state_dict()
model = network(layers) if kind != "save" else None
for _ in range(rounds + 1):
    began = time.monotonic()
    if kind == "save":
        torch.save(state, path)
        import os
        fd = os.open(path, os.O_RDONLY); os.fsync(fd); os.close(fd)
    elif kind == "torch":
        model.load_state_dict(torch.load(path, weights_only=True))
    else:
        import safetensors.torch
        model.load_state_dict(safetensors.torch.load_file(path))
    took.append(time.monotonic() - began)
print(statistics.median(took[1:]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def network(layers):
    import torch
    torch.manual_seed(0)
    with torch.no_grad():
        return torch.nn.Sequential(*[torch.nn.Linear(SIDE, SIDE, bias=False) for _ in range(layers)]).eval()


def write_files(folder, layers):
    import safetensors.torch
    import torch
    import warnings
    warnings.filterwarnings("ignore")
    model = network(layers)
    torch.jit.script(model).save(str(folder / "skeleton.ts"))
    torch.save(model.state_dict(), folder / "weights.pth")
    safetensors.torch.save_file(model.state_dict(), folder / "weights.safetensors")


def in_pytorch(kind, path, layers, rounds):
    done = subprocess.run([sys.executable, "-c", IN_PYTORCH.format(bench=str(pathlib.Path(__file__).parent)), kind, str(path),
                           str(layers), str(rounds)], capture_output=True, text=True, check=True)
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def row(*cells):
    print("  " + "".join(f"{cell:>{width}}" for cell, width in zip(cells, (26, 14, 16, 14, 10))), flush=True)


def measure_read(folder, layers, rounds):
    print("\nread, seconds")
    row("", "sconce", "against", "seconds", "ratio")
    for name, kind in (("weights.pth", "torch"), ("weights.safetensors", "safetensors")):
        path = folder / name
        ours = json.loads(subprocess.run([BIN / "sconce_read_weights", path, str(rounds)], capture_output=True, text=True,
                                         check=True).stdout)
        for against, seconds in (("read + copy", ours["read_and_copy_seconds"]),
                                 (kind, in_pytorch(kind, path, layers, rounds)[0])):
            row(name, f"{ours['seconds']:.3f}", against, f"{seconds:.3f}", f"{ours['seconds'] / seconds:.2f}")


def memory(pid, kind):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(kind + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(kind)


def measure_serve(folder, mib):
    print("\nserve, resident MiB")
    row("", "peak", "of weights", "steady", "of weights")
    for name in ("weights.pth", "weights.safetensors"):
        daemon = Daemon(folder / "sconced.log", "--checkpoints", folder / "out", models=folder / "empty").wait_ready()
        for link in ("skeleton.ts", name):
            (folder / "empty" / link).unlink(missing_ok=True)
            os.link(folder / link, folder / "empty" / link)
        client = wire.Client(daemon.grpc)
        began = time.monotonic()
        client.load("net", path=name, skeleton="skeleton.ts", timeout=600)
        took = time.monotonic() - began
        peak, steady = memory(daemon.process.pid, "VmHWM"), memory(daemon.process.pid, "VmRSS")
        row(name, f"{peak:.0f}", f"{peak / mib:.2f}", f"{steady:.0f}", f"{steady / mib:.2f}")
        row("  loaded in", f"{took:.2f} s")
        measure_save_by_daemon(client, daemon, name)
        client.close()
        daemon.stop()
        for link in ("skeleton.ts", name):
            (folder / "empty" / link).unlink()


def measure_save_by_daemon(client, daemon, name):
    before = memory(daemon.process.pid, "VmRSS")
    subprocess.run(["sh", "-c", f"echo 5 > /proc/{daemon.process.pid}/clear_refs"], check=False, stderr=subprocess.DEVNULL)
    began = time.monotonic()
    client.server.SaveCheckpoint(wire.sconce.SaveCheckpointRequest(
        name="net", format=wire.sconce.CHECKPOINT_FORMAT_STATE_DICT, path="saved"), timeout=600)
    row("  SaveCheckpoint", f"{time.monotonic() - began:.2f} s", "extra MiB", f"{memory(daemon.process.pid, 'VmHWM') - before:.0f}")


def measure_convert(folder, layers, rounds):
    print("\nsave, seconds")
    torch_seconds, _ = in_pytorch("save", folder / "theirs.pth", layers, rounds)
    for source, target in (("weights.safetensors", "ours.pth"), ("weights.pth", "ours.safetensors")):
        took = []
        for _ in range(rounds):
            began = time.monotonic()
            child = subprocess.Popen([program("sconce"), "convert", folder / source, folder / target], stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            took.append(time.monotonic() - began)
            if status:
                sys.exit(f"convert {source} failed")
        seconds = statistics.median(took)
        row(f"convert to {target.split('.')[1]}", f"{seconds:.2f}", "torch.save", f"{torch_seconds:.2f}", f"{seconds / torch_seconds:.2f}")
        row("  peak", f"{usage.ru_maxrss / 1024:.0f} MiB")


def measure_inspect(folder):
    print("\ninspect, seconds")
    for name in ("weights.pth", "weights.safetensors", "skeleton.ts"):
        began = time.monotonic()
        subprocess.run([program("sconce"), "inspect", folder / name], stdout=subprocess.DEVNULL, check=True)
        row(name, f"{time.monotonic() - began:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small files, one round: shows that it works")
    parser.add_argument("--mib", type=int, nargs="+", default=[100, 2048])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for mib in [48] if options.quick else options.mib:
        layers = max(1, mib * 2**20 // (SIDE * SIDE * 4))
        size = layers * SIDE * SIDE * 4 / 2**20
        print(f"\n== {size:.0f} MiB of weights in {layers} tensors")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "empty").mkdir()
            (folder / "out").mkdir()
            write_files(folder, layers)
            rounds = 1 if options.quick else options.rounds
            measure_read(folder, layers, rounds)
            measure_serve(folder, size)
            measure_convert(folder, layers, rounds)
            measure_inspect(folder)


if __name__ == "__main__":
    main()
