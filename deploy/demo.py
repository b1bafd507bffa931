"""The parts of deploy/quickstart.sh that a shell is bad at. Standard library only.

demo.py ports                       two free ports
demo.py wait URL PID                until URL answers 200; fails when the process ends first
demo.py compare MODEL JSON FOLDER   an answer of `sconce infer --json` against the truth and PyTorch's answers
demo.py latencies URL               the latency histograms of a /metrics page, as a table
"""

import ast
import contextlib
import json
import os
import re
import socket
import struct
import sys
import time
import urllib.request

CLASSES = {"iris": ["setosa", "versicolor", "virginica"], "digits": [str(digit) for digit in range(10)]}
LEAST_ACCURACY = 0.93
TOLERANCE = 1e-5
START_SECONDS = 120


def fail(text):
    sys.exit(f"demo: {text}")


def ports():
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(contextlib.closing(socket.socket())) for _ in range(2)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        print(*(one.getsockname()[1] for one in held))


def wait(url, pid):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(url, timeout=5).status == 200:
                return
        if not os.path.exists(f"/proc/{pid}/exe"):
            fail("sconced ended before it served")
        time.sleep(0.05)
    fail(f"{url} did not answer 200 within {START_SECONDS} s")


def read_npy(path):
    """The rows of a one- or two-dimensional .npy file of float32 or int64."""
    with open(path, "rb") as file:
        file.seek(8)
        header = ast.literal_eval(file.read(struct.unpack("<H", file.read(2))[0]).decode())
        data = file.read()
    values = struct.unpack("<%d%s" % (len(data) // int(header["descr"][2]), {"<f4": "f", "<i8": "q"}[header["descr"]]),
                           data)
    width = header["shape"][1] if len(header["shape"]) == 2 else None
    return [values[i:i + width] for i in range(0, len(values), width)] if width else list(values)


def output_of(answer):
    """The rows of the tensor called `output`."""
    outputs = answer["outputs"]
    tensor = outputs["output"] if isinstance(outputs, dict) else next(o for o in outputs if o["name"] == "output")
    return tensor["data"] if isinstance(tensor, dict) else tensor


def rows_of(data, width):
    if data and not isinstance(data[0], list):
        return [data[i:i + width] for i in range(0, len(data), width)]
    return data


def compare(model, answer_file, folder):
    names = CLASSES[model]
    with open(answer_file) as file:
        rows = rows_of(output_of(json.load(file)), len(names))
    labels = read_npy(f"{folder}/{model}_labels.npy")
    expected = read_npy(f"{folder}/{model}_expected.npy")
    if len(rows) != len(labels):
        fail(f"{model}: {len(rows)} rows came back for {len(labels)}")
    predicted = [max(range(len(row)), key=row.__getitem__) for row in rows]
    print("  row   predicted     truth")
    for i in range(8):
        print(f"  {i:3}   {names[predicted[i]]:12}  {names[labels[i]]:12}{'' if predicted[i] == labels[i] else '  WRONG'}")
    right = sum(a == b for a, b in zip(predicted, labels))
    difference = max(abs(a - b) for ours, theirs in zip(rows, expected) for a, b in zip(ours, theirs))
    print(f"  ...   {right} of {len(labels)} rows right: accuracy {right / len(labels):.4f}; "
          f"largest difference from PyTorch {difference:.1e}")
    if right / len(labels) < LEAST_ACCURACY:
        fail(f"{model}: accuracy below {LEAST_ACCURACY}")
    if not difference <= TOLERANCE:
        fail(f"{model}: differs from PyTorch by more than {TOLERANCE}")


def quantile(buckets, q):
    """Linear inside a bucket, as PromQL's histogram_quantile."""
    buckets = sorted(buckets)
    rank, lower, before = q * buckets[-1][1], 0.0, 0
    for bound, count in buckets:
        if count >= rank and count > before:
            return lower if bound == float("inf") else lower + (bound - lower) * (rank - before) / (count - before)
        lower, before = bound, count
    return lower


def latencies(url):
    page = urllib.request.urlopen(url, timeout=10).read().decode()
    pattern = re.compile(r'^sconce_(\w+)_duration_seconds_bucket\{(.*)\} (\S+)$', re.M)
    table = {}
    for phase, labels, count in pattern.findall(page):
        label = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if phase != "load" and "version" in label:
            table.setdefault((label["model"], phase), []).append((float(label["le"].replace("+Inf", "inf")), float(count)))
    if not table:
        fail(f"no latency histograms at {url}")
    print(f"  {'model':8} {'phase':9} {'calls':>7} {'p50 ms':>9} {'p90 ms':>9} {'p99 ms':>9}")
    order = ["request", "input", "queue", "compute", "output"]
    for (model, phase), buckets in sorted(table.items(), key=lambda item: (item[0][0], order.index(item[0][1]))):
        p50, p90, p99 = (1000 * quantile(buckets, q) for q in (0.5, 0.9, 0.99))
        print(f"  {model:8} {phase:9} {max(c for _, c in buckets):7.0f} {p50:9.3f} {p90:9.3f} {p99:9.3f}")


def main(arguments):
    commands = {"ports": (ports, 0), "wait": (wait, 2), "compare": (compare, 3), "latencies": (latencies, 1)}
    if not arguments or arguments[0] not in commands or len(arguments) - 1 != commands[arguments[0]][1]:
        sys.exit(__doc__)
    commands[arguments[0]][0](*arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
