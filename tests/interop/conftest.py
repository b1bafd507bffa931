import contextlib
import warnings

import numpy as np
import pytest
import torch
import tritonclient.grpc as triton
from tritonclient.utils import np_to_triton_dtype

import daemon as daemon_module

warnings.filterwarnings("ignore", category=FutureWarning)
torch.set_num_threads(1)


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """serve({NAME: module}) -> Daemon with each module scripted (a ScriptModule is saved as it is). One a test file."""
    with contextlib.ExitStack() as stack:
        def launch(modules, *flags, prepare=None):
            folder = tmp_path_factory.mktemp("models")
            for name, module in modules.items():
                if not isinstance(module, torch.jit.ScriptModule):
                    module = torch.jit.script(module)
                module.save(str(folder / f"{name}.pt"))
            if prepare:
                prepare(folder)
            started = daemon_module.Daemon(tmp_path_factory.mktemp("log") / "sconced.log", *flags, models=folder)
            stack.callback(started.stop)
            return started.wait_ready()
        yield launch


@pytest.fixture(scope="module")
def triton_of():
    """triton_of(daemon) -> an unmodified tritonclient."""
    with contextlib.ExitStack() as stack:
        def connect(daemon):
            return stack.enter_context(triton.InferenceServerClient(daemon.grpc))
        yield connect


def as_inputs(arrays, datatypes=None):
    """tritonclient's InferInputs of arrays by name."""
    made = []
    for name, array in arrays.items():
        array = np.asarray(array)
        datatype = (datatypes or {}).get(name) or np_to_triton_dtype(array.dtype)
        made.append(triton.InferInput(name, list(array.shape), datatype).set_data_from_numpy(array))
    return made


@pytest.fixture(scope="module")
def infer(triton_of):
    """infer(client, MODEL, {NAME: array}) -> outputs by name, in the server's order."""
    def call(client, model, arrays, datatypes=None, **more):
        answer = client.infer(model, as_inputs(arrays, datatypes), **more)
        return {output.name: answer.as_numpy(output.name) for output in answer.get_response().outputs}
    return call
