"""`sconce` against a live daemon: what it prints for programs and how it exits."""

import json
import subprocess

import numpy as np
import torch

from daemon import DEMO, program


def test_list_and_show(demo):
    daemon, _ = demo
    listed = json.dumps(daemon.cli("list", "--json"))
    assert "iris" in listed and "digits" in listed
    assert "READY" in daemon.cli("list").upper()
    shown = daemon.cli("show", "digits")
    for word in ("forward", "x", "tritonclient", "grpcurl"):
        assert word in shown, shown


def test_infer_from_a_numpy_file_and_from_json(demo):
    daemon, _ = demo
    expected = np.load(DEMO / "heldout" / "iris_expected.npy")
    answer = daemon.cli("infer", "iris", "--input", f"x={DEMO / 'heldout' / 'iris_inputs.npy'}", "--json")
    assert numbers(answer, expected.size), answer
    assert np.abs(np.array(numbers(answer, expected.size)) - expected.reshape(-1)).max() <= 1e-4
    assert "output" in daemon.cli("infer", "iris", "--input", "x=[[5.1, 3.5, 1.4, 0.2]]")


def numbers(answer, count):
    """The one list of `count` numbers in a JSON answer, however it is nested."""
    if isinstance(answer, list):
        flat = flatten(answer)
        if len(flat) == count and all(isinstance(v, (int, float)) for v in flat):
            return flat
    children = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else []
    for child in children:
        found = numbers(child, count)
        if found:
            return found
    return None


def flatten(value):
    return [leaf for child in value for leaf in flatten(child)] if isinstance(value, list) else [value]


def test_load_save_unload(demo, tmp_path):
    daemon, client = demo
    daemon.cli("load", "digits", "digits/digits_state_dict.pth", "--skeleton", "digits/1/model.pt", "--version", "2")
    assert client.get("digits").version == 2
    daemon.cli("save", "digits", "--format", "state_dict", "--path", "d.pth")
    assert len(torch.load(tmp_path / "checkpoints" / "d.pth", weights_only=True)) > 10
    daemon.cli("unload", "digits")
    assert "NOT_FOUND" in daemon.cli("show", "nobody", code=1) or "nobody" in daemon.cli("show", "nobody", code=1)


def test_exit_codes(demo, tmp_path):
    daemon, _ = demo
    daemon.cli("frobnicate", code=2)
    daemon.cli("infer", "iris", "--input", "x=[[1,2]]", code=1)
    dead = subprocess.run([program("sconce"), "--server", "127.0.0.1:1", "list"], capture_output=True, text=True,
                          timeout=60)
    assert dead.returncode == 1 and "127.0.0.1:1" in dead.stderr


def test_inspect_needs_no_server():
    for path, word in [(DEMO / "models" / "iris.pt", "torchscript"),
                       (DEMO / "weights" / "digits_state_dict.pth", "state_dict")]:
        done = subprocess.run([program("sconce"), "inspect", path], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and word in done.stdout.lower().replace(" ", ""), done


def test_bench_reports_throughput_and_percentiles(demo):
    daemon, _ = demo
    report = daemon.cli("bench", "iris", "--concurrency", "4", "--duration", "1s", "--input", "x:FP32=random[1,4]")
    for word in ("p50", "p90", "p99"):
        assert word in report, report
