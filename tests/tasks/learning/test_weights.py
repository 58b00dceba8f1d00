import struct
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from policy_checks.errors import IntegrityError
from policy_checks.schemas.manifest import CircuitRequest, Training
from tasks.learning.fit import Fitted, from_bytes, to_bytes

TRAINING = Training(hidden_units=6)
CIRCUIT = CircuitRequest(ansatz="angle_ring", qubits=3, layers=2)


def test_weights_come_back_from_bytes_as_they_were(fitted: Fitted) -> None:
    payload = to_bytes(fitted.model)
    before, model = torch.get_rng_state(), from_bytes(payload, 4, 2, TRAINING, CIRCUIT)
    assert to_bytes(model) == payload
    assert not model.training
    assert torch.equal(torch.get_rng_state(), before)


def changed(payload: bytes, **tensors: torch.Tensor | None) -> bytes:
    weights = {**load(payload), **tensors}
    return save({name: value for name, value in weights.items() if value is not None})


def an_eight_bit_tensor() -> bytes:
    header = b'{"a":{"dtype":"F8_E8M0","shape":[1],"data_offsets":[0,1]}}'
    return struct.pack("<Q", len(header)) + header + b"\0"


MALFORMED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut-short": lambda payload: payload[:-1],
    "one-byte-longer": lambda payload: payload + b"\0",
    "pickle": lambda _: b"\x80\x04cos\nsystem\n.",
    "huge-header": lambda _: struct.pack("<Q", 2**63) + b"{}",
    "unknown-type": lambda payload: payload.replace(b'"F32"', b'"F99"'),
    "type-without-torch-twin": lambda _: an_eight_bit_tensor(),
    "a-tensor-missing": lambda payload: changed(payload, **{"hybrid_head.bias": None}),
    "a-tensor-more": lambda payload: changed(payload, extra=torch.zeros(1)),
    "another-shape": lambda payload: changed(payload, **{"hybrid_head.bias": torch.zeros(3)}),
    "another-type": lambda payload: changed(payload, **{"hybrid_head.bias": torch.zeros(2).double()}),
    "not-a-number": lambda payload: changed(payload, **{"hybrid_head.bias": torch.full((2,), torch.nan)}),
    "infinite": lambda payload: changed(payload, **{"hybrid_head.bias": torch.full((2,), torch.inf)}),
}


@pytest.mark.parametrize("damage", MALFORMED.values(), ids=MALFORMED)
def test_malformed_weights_are_refused(damage: Callable[[bytes], bytes], fitted: Fitted) -> None:
    with pytest.raises(IntegrityError) as fault:
        from_bytes(damage(to_bytes(fitted.model)), 4, 2, TRAINING, CIRCUIT)
    assert (fault.value.code, fault.value.exit_code) == ("weights-malformed", 4)


@pytest.mark.parametrize(
    ("n_features", "n_classes", "qubits"),
    [(5, 2, 3), (4, 3, 3), (4, 2, 4)],
    ids=["features", "classes", "qubits"],
)
def test_weights_of_another_model_are_refused(
    n_features: int, n_classes: int, qubits: int, fitted: Fitted
) -> None:
    circuit = CircuitRequest(ansatz="angle_ring", qubits=qubits, layers=2)
    with pytest.raises(IntegrityError, match="weights-malformed"):
        from_bytes(to_bytes(fitted.model), n_features, n_classes, TRAINING, circuit)


@settings(max_examples=100, deadline=None)
@given(position=st.integers(0, 900), byte=st.integers(0, 255))
def test_a_changed_byte_of_the_header_is_refused_or_means_the_same_names_and_shapes(
    fitted: Fitted, position: int, byte: int
) -> None:
    payload = bytearray(to_bytes(fitted.model))
    payload[position % len(payload)] = byte
    try:
        model = from_bytes(bytes(payload), 4, 2, TRAINING, CIRCUIT)
    except IntegrityError:
        return
    assert {name: value.shape for name, value in model.state_dict().items()} == {
        name: value.shape for name, value in fitted.model.state_dict().items()
    }
