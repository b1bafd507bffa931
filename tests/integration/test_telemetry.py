"""Metrics as a real Prometheus parser reads them, and logs as a JSON parser does."""

import json

import grpc
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

import wire

X = np.ones((2, 4), np.float32)
PHASES = ["sconce_request_duration_seconds", "sconce_input_duration_seconds", "sconce_queue_duration_seconds",
          "sconce_compute_duration_seconds", "sconce_output_duration_seconds"]


def scrape(daemon):
    status, page = daemon.get("/metrics")
    assert status == 200
    return {family.name: family for family in text_string_to_metric_families(page)}


def value(families, family, sample, **labels):
    found = [s.value for s in families[family].samples
             if s.name == sample and labels.items() <= s.labels.items()]
    return sum(found) if found else None


def test_requests_are_counted_by_model_version_and_code(demo):
    daemon, client = demo
    for _ in range(7):
        client.infer("iris", {"x": X})
    with pytest.raises(grpc.RpcError):
        client.infer("iris", {"y": X})
    with pytest.raises(grpc.RpcError):
        client.infer("nobody-has-this-name", {"x": X})
    families = scrape(daemon)
    count = lambda **labels: value(families, "sconce_requests", "sconce_requests_total", **labels)
    assert count(model="iris", version="1", code="OK") == 7
    assert count(model="iris", version="1", code="INVALID_ARGUMENT") == 1
    assert count(code="NOT_FOUND") is None
    assert value(families, "sconce_unroutable_requests", "sconce_unroutable_requests_total", code="NOT_FOUND") == 1
    assert "nobody-has-this-name" not in daemon.get("/metrics")[1], "unknown names must not become labels"


def test_each_phase_has_a_histogram_in_seconds(demo):
    daemon, client = demo
    for _ in range(5):
        client.infer("digits", {"x": np.zeros((1, 1, 8, 8), np.float32)})
    families = scrape(daemon)
    for name in PHASES:
        family = families[name]
        assert family.type == "histogram" and family.documentation
        assert value(families, name, name + "_count", model="digits", version="1") == 5, name
        buckets = [(float(s.labels["le"]), s.value) for s in family.samples
                   if s.name == name + "_bucket" and s.labels["model"] == "digits"]
        assert buckets[-1] == (float("inf"), 5) and buckets == sorted(buckets)
        assert all(a[1] <= b[1] for a, b in zip(buckets, buckets[1:]))
    total = value(families, PHASES[0], PHASES[0] + "_sum", model="digits")
    parts = sum(value(families, name, name + "_sum", model="digits") for name in PHASES[1:])
    assert 0 < parts <= total * 1.01 and total < 60


def test_models_and_process_are_gauged(demo):
    daemon, client = demo
    families = scrape(daemon)
    assert value(families, "sconce_model_bytes", "sconce_model_bytes", model="digits") == client.get("digits").bytes
    assert value(families, "sconce_model_state", "sconce_model_state", model="iris", version="1", state="ready") == 1
    assert value(families, "sconce_model_state", "sconce_model_state", model="iris", version="1", state="failed") in (0, None)
    assert value(families, "sconce_queue_depth", "sconce_queue_depth", model="iris") == 0
    resident = value(families, "process_resident_memory_bytes", "process_resident_memory_bytes")
    assert 50e6 < resident < 5e9


def test_loads_and_swaps_are_counted(demo):
    daemon, client = demo
    client.load("iris", path="iris.pt", version=2)
    with pytest.raises(grpc.RpcError):
        client.load("iris", path="digits/digits_state_dict.pth", version=3)
    families = scrape(daemon)
    swaps = lambda result: value(families, "sconce_swap", "sconce_swap_total", model="iris", result=result)
    assert (swaps("loaded"), swaps("swapped"), swaps("failed")) == (1, 1, 1)
    assert value(families, "sconce_load_duration_seconds", "sconce_load_duration_seconds_count", model="iris") >= 2


def test_series_of_an_unloaded_model_go_away(demo):
    daemon, client = demo
    client.infer("iris", {"x": X})
    client.unload("iris")
    bytes_left = value(scrape(daemon), "sconce_model_bytes", "sconce_model_bytes", model="iris")
    assert bytes_left in (0, None)


def test_json_logs_are_one_object_a_line(tmp_path, start, connect):
    import shutil
    from daemon import DEMO
    shutil.copytree(DEMO / "models", tmp_path / "m")
    daemon = start("--log-format", "json", "--log-level", "debug", models=tmp_path / "m")
    client = connect(daemon)
    client.server.Infer(wire.request("iris", {"x": X}, request_id="abc-123"))
    with pytest.raises(grpc.RpcError):
        client.server.Infer(wire.request("iris", {"y": X}, request_id='evil"\n{"forged": 1}'))
    assert daemon.stop() == 0
    lines = [json.loads(line) for line in daemon.text().splitlines()]
    assert lines and all(isinstance(line, dict) for line in lines)
    assert not any("forged" in line for line in lines)
    assert any("abc-123" in line.values() for line in lines), "the request id is in no line"


def test_text_logs_are_one_event_a_line(demo):
    daemon, client = demo
    with pytest.raises(grpc.RpcError):
        client.infer("iris", {"x\nforged line": X})
    assert daemon.stop() == 0
    assert not any(line.startswith("forged line") for line in daemon.text().splitlines())
    assert "iris" in daemon.text()
