"""Which encoders run inside a compiled loop, and as what?"""

from collections.abc import Callable
from typing import Any, NamedTuple

from simsuff.encoders.compiled.activations import HIDDEN_CODES, OUTPUT_CODES
from simsuff.encoders.compiled.hidden_layer import HiddenMap
from simsuff.encoders.compiled.linear import LinearMap, QuadraticMap
from simsuff.encoders.compiled.lookup import TableMap
from simsuff.encoders.compiled.maps import forward, pullback
from simsuff.encoders.compiled.softmax import SoftmaxMap
from simsuff.encoders.compiled.two import TwoMaps
from simsuff.encoders.hidden_layer import HiddenLayerEncoder
from simsuff.encoders.linear import LinearEncoder
from simsuff.encoders.lookup import LookupEncoder
from simsuff.encoders.quadratic import QuadraticOffsetEncoder
from simsuff.encoders.softmax import SoftmaxEncoder
from simsuff.encoders.two import TwoEncoders

__all__ = ["CompiledEncoder", "compiled_encoder", "forward", "pullback"]


class CompiledEncoder(NamedTuple):
    """What a compiled loop needs: the `map`, the rows it takes, and the sizes of its buffers for each pair.

    `inputs` are the widths of the rows of z₁ and z₂ (of symbols: the sizes of their alphabets).
    """

    map: Any
    inputs: tuple[int, int]
    takes_symbols: bool
    takes_sparse: bool
    width: int
    work: int


def compiled_encoder(encoder: Any) -> CompiledEncoder | None:
    """The compiled form of an encoder; None for kinds of one's own, also where they derive from a known one."""
    find = _FORMS.get(type(encoder))
    return None if find is None else find(encoder)


def _linear(encoder: LinearEncoder) -> CompiledEncoder:
    dim, inputs = encoder.weight.shape
    return CompiledEncoder(LinearMap(dim, inputs), (inputs, inputs), False, True, dim, 0)


def _quadratic(encoder: QuadraticOffsetEncoder) -> CompiledEncoder:
    dim, inputs = encoder.weight.shape
    return CompiledEncoder(QuadraticMap(dim, inputs), (inputs, inputs), False, False, dim + 2, 0)


def _lookup(encoder: LookupEncoder) -> CompiledEncoder:
    symbols, dim = encoder.table.shape
    return CompiledEncoder(TableMap(symbols, dim), (symbols, symbols), True, False, dim, 0)


def _softmax(encoder: SoftmaxEncoder) -> CompiledEncoder:
    inputs, dim = encoder.coefficients.shape
    form = SoftmaxMap(inputs, dim, encoder.learns_scale, encoder.log_scale.copy())
    return CompiledEncoder(form, (inputs, inputs), False, True, dim, 0)


def _hidden_layer(encoder: HiddenLayerEncoder) -> CompiledEncoder:
    (inputs, hidden), dim = encoder.layers.inner.shape, encoder.layers.outer.shape[1]
    sigma, output = encoder.activations
    form = HiddenMap(inputs, hidden, dim, HIDDEN_CODES[sigma], OUTPUT_CODES[output])
    return CompiledEncoder(form, (inputs, inputs), False, True, dim, hidden)


def _two(encoder: TwoEncoders[Any, Any]) -> CompiledEncoder | None:
    """Both of one kind of rows and one width; anything else is left to the interpreter and its errors."""
    parts = compiled_encoder(encoder.first), compiled_encoder(encoder.second)
    if parts[0] is None or parts[1] is None:
        return None
    first, second = parts[0], parts[1]
    if (first.takes_symbols, first.width) != (second.takes_symbols, second.width):
        return None
    form = TwoMaps(first.map, second.map, encoder.first.parameters.size)
    sparse = first.takes_sparse and second.takes_sparse
    inputs, work = (first.inputs[0], second.inputs[1]), max(first.work, second.work)
    return CompiledEncoder(form, inputs, first.takes_symbols, sparse, first.width, work)


_FORMS: dict[type, Callable[[Any], CompiledEncoder | None]] = {
    LinearEncoder: _linear,
    QuadraticOffsetEncoder: _quadratic,
    LookupEncoder: _lookup,
    SoftmaxEncoder: _softmax,
    HiddenLayerEncoder: _hidden_layer,
    TwoEncoders: _two,
}
