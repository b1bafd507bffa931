"""The main job: real models, real rows, over gRPC, against what PyTorch itself answered."""

import numpy as np
import pytest

import wire
from daemon import DEMO

LEAST_ACCURACY = {"iris": 0.93, "digits": 0.95}


def heldout(name):
    return [np.load(DEMO / "heldout" / f"{name}_{kind}.npy") for kind in ("inputs", "labels", "expected")]


@pytest.mark.parametrize("name", ["iris", "digits"])
def test_agrees_with_pytorch_and_keeps_its_accuracy(demo, name):
    _, client = demo
    inputs, labels, expected = heldout(name)
    output = client.infer(name, {"x": inputs})["output"]
    assert output.dtype == np.float32 and output.shape == expected.shape
    assert np.abs(output - expected).max() <= 1e-5
    accuracy = (output.argmax(1) == labels).mean()
    assert accuracy == (expected.argmax(1) == labels).mean()
    assert accuracy >= LEAST_ACCURACY[name]


@pytest.mark.parametrize("name", ["iris", "digits"])
def test_one_row_at_a_time_agrees_too(demo, name):
    _, client = demo
    inputs, _, expected = heldout(name)
    rows = [client.infer(name, {"x": inputs[i:i + 1]})["output"] for i in range(20)]
    assert np.abs(np.concatenate(rows) - expected[:20]).max() <= 1e-5


def test_both_services_give_the_same_answer(demo):
    _, client = demo
    message = wire.request("iris", {"x": heldout("iris")[0]}, request_id="row-7")
    ours, theirs = client.server.Infer(message), client.oip.ModelInfer(message)
    assert ours == theirs
    assert (ours.model_name, ours.model_version, ours.id) == ("iris", "1", "row-7")


def test_typed_contents_are_taken_like_raw_bytes(demo):
    _, client = demo
    inputs, _, expected = heldout("iris")
    message = wire.oip.ModelInferRequest(model_name="iris")
    tensor = message.inputs.add(name="x", datatype="FP32", shape=inputs.shape)
    tensor.contents.fp32_contents.extend(inputs.reshape(-1).tolist())
    assert np.abs(wire.arrays(client.server.Infer(message))["output"] - expected).max() <= 1e-5


def test_list_and_get_tell_the_truth(demo):
    _, client = demo
    listed = {model.name: model for model in client.models()}
    assert set(listed) == {"iris", "digits"}
    for name, model in listed.items():
        assert model.state == wire.sconce.MODEL_STATE_READY and model.version == 1 and model.is_default
        assert model.format == "torchscript" and model.bytes > 0 and not model.stateful
        forward = model.methods[0]
        assert forward.name == "forward" and [a.tensor.name for a in forward.inputs] == ["x"]
        assert client.get(name).path == model.path


def test_state_dict_takes_the_structure_of_a_torchscript_file(demo):
    _, client = demo
    inputs, _, expected = heldout("digits")
    loaded = client.load("digits", path="digits/digits_state_dict.pth", skeleton="digits/1/model.pt")
    assert loaded.version == 2 and loaded.format == "state_dict on torchscript"
    message = wire.request("digits", {"x": inputs})
    answer = client.server.Infer(message)
    assert answer.model_version == "2"
    assert np.abs(wire.arrays(answer)["output"] - expected).max() <= 1e-5
