"""The daemon's own protocol from Python: stubs made from proto/ by grpcio-tools, numpy arrays in and out."""

import importlib
import pathlib
import sys
import tempfile

import grpc
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_MESSAGE = 256 << 20
DTYPES = {
    "BOOL": np.bool_, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
    "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64, "FP16": np.float16,
    "FP32": np.float32, "FP64": np.float64}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


def _generate():
    """Compiles proto/ into a temporary folder once a process."""
    from grpc_tools import protoc
    out = tempfile.mkdtemp(prefix="sconce-stubs-")
    protos = [str(p.relative_to(ROOT)) for p in (ROOT / "proto").rglob("*.proto")]
    builtin = str(pathlib.Path(protoc.__file__).parent / "_proto")
    if protoc.main(["protoc", f"-I{ROOT}", f"-I{builtin}", f"--python_out={out}",
                    f"--grpc_python_out={out}", *protos]):
        raise RuntimeError("protoc failed on proto/")
    sys.path.insert(0, out)
    return (importlib.import_module("proto.inference.grpc_service_pb2"),
            importlib.import_module("proto.inference.grpc_service_pb2_grpc"),
            importlib.import_module("proto.sconce.v1.model_server_pb2"),
            importlib.import_module("proto.sconce.v1.model_server_pb2_grpc"))


oip, oip_grpc, sconce, sconce_grpc = _generate()


def encode(array):
    """Datatype and raw bytes of an array; arrays of str or bytes become BYTES."""
    array = np.asarray(array)
    if array.dtype.kind in "OSU":
        parts = [e.encode() if isinstance(e, str) else bytes(e) for e in array.reshape(-1)]
        return "BYTES", b"".join(len(p).to_bytes(4, "little") + p for p in parts)
    return NAMES[array.dtype], np.ascontiguousarray(array).tobytes()


def decode(datatype, shape, raw):
    if datatype == "BYTES":
        elements, at = [], 0
        while at < len(raw):
            size = int.from_bytes(raw[at:at + 4], "little")
            elements.append(raw[at + 4:at + 4 + size])
            at += 4 + size
        return np.array(elements, dtype=object).reshape(shape)
    return np.frombuffer(raw, dtype=DTYPES[datatype]).reshape(shape)


def request(model, inputs, version="", outputs=(), parameters=None, request_id=""):
    message = oip.ModelInferRequest(model_name=model, model_version=str(version), id=request_id)
    for name, array in inputs.items():
        datatype, raw = encode(array)
        message.inputs.add(name=name, datatype=datatype, shape=np.asarray(array).shape)
        message.raw_input_contents.append(raw)
    for name in outputs:
        message.outputs.add(name=name)
    for key, value in (parameters or {}).items():
        message.parameters[key].string_param = value
    return message


def arrays(response):
    """The outputs of an answer by name."""
    assert len(response.raw_output_contents) == len(response.outputs)
    return {tensor.name: decode(tensor.datatype, tensor.shape, raw)
            for tensor, raw in zip(response.outputs, response.raw_output_contents)}


class Client:
    def __init__(self, address):
        self.channel = grpc.insecure_channel(address, options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE), ("grpc.max_send_message_length", MAX_MESSAGE),
            ("grpc.use_local_subchannel_pool", 1)])
        self.server = sconce_grpc.ModelServerStub(self.channel)
        self.oip = oip_grpc.GRPCInferenceServiceStub(self.channel)

    def infer(self, model, inputs, timeout=60, **more):
        return arrays(self.server.Infer(request(model, inputs, **more), timeout=timeout))

    def load(self, name, timeout=120, **fields):
        return self.server.LoadModel(sconce.LoadModelRequest(name=name, **fields), timeout=timeout).model

    def unload(self, name, version=0):
        self.server.UnloadModel(sconce.UnloadModelRequest(name=name, version=version), timeout=60)

    def get(self, name, version=0):
        return self.server.GetModel(sconce.GetModelRequest(name=name, version=version), timeout=60).model

    def models(self):
        return list(self.server.ListModels(sconce.ListModelsRequest(), timeout=60).models)

    def save(self, name, file_format, path, version=0):
        return self.server.SaveCheckpoint(sconce.SaveCheckpointRequest(
            name=name, version=version, format=file_format, path=str(path)), timeout=120)

    def close(self):
        self.channel.close()
