"""Messages of the Open Inference Protocol, version 2 (``GRPCInferenceService``).

Fields and their numbers are those of the protocol's gRPC definition. Parameters are left out: a
reader of protocol buffers passes over fields that it does not know, and ours have no use for them.
"""

from __future__ import annotations

from typing import Any, Final

from wattbook.errors import ForecastError

try:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError as fault:
    text = "gRPC is not installed; pip install 'wattbook[grpc]'"
    raise ForecastError(text) from fault

__all__ = ["PACKAGE", "SERVICE", "new"]

PACKAGE: Final = "inference"
SERVICE: Final = f"{PACKAGE}.GRPCInferenceService"

# Of each message its fields: number, name, type; a star where the field repeats.
FIELDS: Final = {
    "ServerLiveRequest": "",
    "ServerLiveResponse": "1 live bool",
    "ServerReadyRequest": "",
    "ServerReadyResponse": "1 ready bool",
    "ModelReadyRequest": "1 name string, 2 version string",
    "ModelReadyResponse": "1 ready bool",
    "ServerMetadataRequest": "",
    "ServerMetadataResponse": "1 name string, 2 version string, 3 extensions string*",
    "ModelMetadataRequest": "1 name string, 2 version string",
    "TensorMetadata": "1 name string, 2 datatype string, 3 shape int64*",
    "ModelMetadataResponse": (
        "1 name string, 2 versions string*, 3 platform string, 4 inputs TensorMetadata*, "
        "5 outputs TensorMetadata*"
    ),
    "InferTensorContents": "6 fp32_contents float*, 7 fp64_contents double*",
    "InferTensor": (
        "1 name string, 2 datatype string, 3 shape int64*, 5 contents InferTensorContents"
    ),
    "ModelInferRequest": (
        "1 model_name string, 2 model_version string, 3 id string, 5 inputs InferTensor*, "
        "7 raw_input_contents bytes*"
    ),
    "ModelInferResponse": (
        "1 model_name string, 2 model_version string, 3 id string, 5 outputs InferTensor*, "
        "6 raw_output_contents bytes*"
    ),
}

Field = descriptor_pb2.FieldDescriptorProto
SCALARS: Final = {
    "bool": Field.TYPE_BOOL,
    "bytes": Field.TYPE_BYTES,
    "double": Field.TYPE_DOUBLE,
    "float": Field.TYPE_FLOAT,
    "int64": Field.TYPE_INT64,
    "string": Field.TYPE_STRING,
}


def described() -> descriptor_pb2.FileDescriptorProto:
    """Return the description of `FIELDS` that protocol buffers work by."""
    file = descriptor_pb2.FileDescriptorProto(
        name="open_inference.proto", package=PACKAGE, syntax="proto3"
    )
    for message, fields in FIELDS.items():
        made = file.message_type.add(name=message)
        for each in filter(None, fields.split(", ")):
            number, name, kind = each.split()
            field = made.field.add(name=name, number=int(number))
            field.label = Field.LABEL_REPEATED if kind.endswith("*") else Field.LABEL_OPTIONAL
            kind = kind.removesuffix("*")
            if kind in SCALARS:
                field.type = SCALARS[kind]
            else:
                field.type, field.type_name = Field.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
    return file


# A pool of our own: another library of the process may describe the same protocol.
POOL = descriptor_pool.DescriptorPool()
POOL.Add(described())
CLASSES: Final = {
    name: message_factory.GetMessageClass(POOL.FindMessageTypeByName(f"{PACKAGE}.{name}"))
    for name in FIELDS
}


def new(message: str, **values: Any) -> Any:  # noqa: ANN401 - classes made at run time
    """Return a message by its name.

    Examples
    --------
    >>> new("ServerLiveResponse", live=True).SerializeToString().hex()
    '0801'
    """
    return CLASSES[message](**values)


def parsed(message: str, wire: bytes) -> Any:  # noqa: ANN401 - as `new`
    """Return the message that bytes hold."""
    return CLASSES[message].FromString(wire)
