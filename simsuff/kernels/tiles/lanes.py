"""Which vector instructions do the micro-kernels use? LLVM's, on as many lanes as the processor has."""

from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import cgutils

from simsuff.kernels.elementary import EXP2_DOUBLE, EXP2_SINGLE

# llvmlite's builders, types and values carry no annotations.
Builder = Any
Value = Any

INDEX = ir.IntType(64)


class Registers(NamedTuple):
    """Bytes of a vector, and the block of a product that fits into the registers: rows × vectors."""

    bytes: int
    rows: int
    vectors: int


def registers(features: str) -> Registers:
    """The block for a processor with these LLVM `features`: 16 sums in 32 registers, or 8 in 16."""
    names = features.split(",")
    if "+avx512f" in names:
        return Registers(64, 8, 2)
    return Registers(32 if "+avx" in names else 16, 4, 2)


class Lanes:
    """Vectors of `count` numbers of one type, and what can be done with them.

    Multiply-adds are contracted where the processor can, so that their last digit depends on the processor. No
    other freedom is given to the compiler: NaN stays NaN.
    """

    def __init__(self, builder: Builder, size: int, count: int) -> None:
        """`size` is 8 for double, 4 for float."""
        self.builder, self.size, self.count = builder, size, count
        self.mantissa = 52 if size == 8 else 23
        self.scalar = ir.DoubleType() if size == 8 else ir.FloatType()
        self.type = ir.VectorType(self.scalar, count)
        self.bits = ir.VectorType(ir.IntType(8 * size), count)

    def load(self, pointer: Value) -> Value:
        """`count` numbers from `pointer` on, which need not be aligned."""
        return self.builder.load(self.builder.bitcast(pointer, self.type.as_pointer()), align=self.size)

    def store(self, vector: Value, pointer: Value) -> None:
        """Write `vector` from `pointer` on."""
        self.builder.store(vector, self.builder.bitcast(pointer, self.type.as_pointer()), align=self.size)

    def add_to(self, pointer: Value, vector: Value) -> None:
        """Add `vector` to the numbers from `pointer` on."""
        self.store(self.builder.fadd(self.load(pointer), vector), pointer)

    def spread(self, scalar: Value) -> Value:
        """`scalar` in each lane."""
        undefined, lane = ir.Constant(self.type, ir.Undefined), ir.IntType(32)
        first = self.builder.insert_element(undefined, scalar, lane(0))
        return self.builder.shuffle_vector(
            first, undefined, ir.Constant(ir.VectorType(lane, self.count), None)
        )

    def constant(self, value: float) -> Value:
        """`value` in each lane."""
        return ir.Constant(self.type, [value] * self.count)

    def multiply_add(self, a: Value, b: Value, c: Value) -> Value:
        """a·b + c, rounded once where the processor has such an instruction."""
        product = self.builder.fmul(a, b, flags=["contract"])
        return self.builder.fadd(product, c, flags=["contract"])

    @property
    def wide(self) -> "Lanes":
        """As many lanes of doubles."""
        return self if self.size == 8 else Lanes(self.builder, 8, self.count)

    def widened(self, vector: Value) -> Value:
        """`vector` in double precision."""
        return vector if self.size == 8 else self.builder.fpext(vector, self.wide.type)

    def total(self, vector: Value) -> Value:
        """The sum of the lanes of `vector`, halves first."""
        name = f"llvm.vector.reduce.fadd.v{self.count}f{8 * self.size}"
        signature = ir.FunctionType(self.scalar, [self.scalar, self.type])
        reduce = cgutils.get_or_insert_function(self.builder.module, signature, name)
        return self.builder.call(reduce, [self.scalar(-0.0), vector], fastmath=["reassoc"])

    def exp2(self, xs: list[Value]) -> list[Value]:
        """2^x for finite x within ±1000 (double), ±120 (float); one instruction of each in turn hides latency.

        x = n + r with n whole: adding 1.5·2^52 leaves n in the last bits, from where it moves into the exponent
        of 2^r.
        """
        builder = self.builder
        magic = self.constant(1.5 * 2.0**self.mantissa)
        shifted = [builder.fadd(x, magic) for x in xs]
        rests = [builder.fsub(x, builder.fsub(s, magic)) for x, s in zip(xs, shifted, strict=True)]
        first, *others = reversed(EXP2_DOUBLE if self.size == 8 else EXP2_SINGLE)
        powers = [self.constant(first)] * len(xs)
        for coefficient in others:
            c = self.constant(coefficient)
            powers = [self.multiply_add(p, r, c) for p, r in zip(powers, rests, strict=True)]
        return [self._scaled(p, s) for p, s in zip(powers, shifted, strict=True)]

    def _scaled(self, power: Value, shifted: Value) -> Value:
        """power × 2^n, n in the last bits of `shifted`."""
        builder = self.builder
        places = ir.Constant(self.bits, [self.mantissa] * self.count)
        exponent = builder.shl(builder.bitcast(shifted, self.bits), places)
        return builder.bitcast(builder.add(builder.bitcast(power, self.bits), exponent), self.type)
