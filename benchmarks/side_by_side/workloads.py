"""Which workloads are compared, and what is asked of each? One row for each line of the table of targets."""

from functools import partial

from side_by_side.inputs import (
    documents_problem,
    loss_problem,
    normals_problem,
    topic_step_problem,
    training_problem,
)
from side_by_side.row import Row, Target

TORCH = ("torch.compile", "torch eager")
LIBRARIES = ("jax", *TORCH)

# Gradients as users of a library get them. What a peer gains from gradients, Adam and random numbers by hand, in
# place, unrolled, stands in rows of its own.
AUTOGRAD = "autograd"
DTYPES = {"float64": "f64", "float32": "f32"}

# Memory beyond inputs and outputs, as a share of one K × K table.
MEMORY_TARGET = 0.05
SHARE_TARGET = 0.5

NEWTON_STEPS = {"squared_hellinger": 4, "js": 3}


def infonce_factor(K: int, d: int) -> float | None:
    """How many times as fast as the best peer the identity link is to be; None where nothing is asked."""
    if K == 4096:
        return 8.0 if d == 16 else None
    return 2.5 if d == 64 else 4.0


def infonce_row(K: int, d: int, dtype: str) -> Row:
    """Identity link on unit vectors."""
    factor, large = infonce_factor(K, d), K == 4096
    return Row(
        f"InfoNCE identity, K={K}, d={d}, {DTYPES[dtype]}",
        partial(loss_problem, "infonce", K, d, dtype),
        (Target(factor, LIBRARIES),) if factor else (),
        SHARE_TARGET if large else None,
        large,
        MEMORY_TARGET if factor == 8.0 else None,
        AUTOGRAD,
    )


def by_hand_row(K: int, dtype: str) -> Row:
    """The same beside the fastest program that was found in each library."""
    problem = partial(loss_problem, "infonce", K, 16, dtype)
    return Row(f"InfoNCE identity, peers by hand, K={K}, d=16, {DTYPES[dtype]}", problem)


def large_row(name: str, kind: str, factor: float | None, d: int = 16, dtype: str = "float64") -> Row:
    """Another loss at K = 4096."""
    problem = partial(loss_problem, kind, 4096, d, dtype)
    full = f"{name}, K=4096, d={d}, {DTYPES[dtype]}"
    return Row(full, problem, (Target(factor),) if factor else (), memory=True)


def robust_row(dtype: str) -> Row:
    """Scores of several hundred, beyond the bound that allows the fast path."""
    problem = partial(loss_problem, "infonce", 4096, 16, dtype, robust=True)
    return Row(f"InfoNCE robust path, scores to 500, K=4096, d=16, {DTYPES[dtype]}", problem, memory=True)


def f_row(divergence: str, K: int) -> Row:
    """A divergence with the row offset."""
    steps = NEWTON_STEPS[divergence]
    problem = partial(loss_problem, "f_contrastive", K, 16, divergence=divergence, newton=steps)
    return Row(f"f-contrastive {divergence}, K={K}, d=16, f64", problem, (Target(5.0),), memory=K > 1024)


def training_rows(K: int) -> list[Row]:
    """2,000 steps of Adam, as users write them and by hand."""
    targets = (Target(8.0, TORCH), Target(3.0, ("jax",)))
    name, problem = f"training, 2,000 Adam steps, K={K}, d=8", partial(training_problem, K, 2_000)
    return [Row(name, problem, targets, style=AUTOGRAD), Row(f"{name}, peers by hand", problem)]


def documents_row(V: int, kind: str, peer: str) -> Row:
    """2,000 pairs of half-documents."""
    name = f"documents, 2,000 pairs of 100 words, V={V}, numpy: {peer}, 1 thread"
    return Row(name, partial(documents_problem, V, kind=kind), (Target(5.0, ("numpy",)),))


def largest_rows() -> list[Row]:
    """Where a peer needs up to 10 GB and some 10 seconds for each call."""
    problem = partial(loss_problem, "infonce", 16_384, 16, "float64")
    largest = Row("InfoNCE identity, K=16384, d=16, f64", problem, (), SHARE_TARGET, memory=True)
    return [largest, *(f_row(divergence, 4096) for divergence in NEWTON_STEPS)]


def all_rows() -> list[Row]:
    """The table, without the largest rows."""
    cells = [(K, d, dtype) for K in (1024, 4096) for d in (4, 16, 64) for dtype in DTYPES]
    shortcut = large_row(
        "InfoNCE identity, peers given one exponential for each score", "infonce_shortcut", None
    )
    normals = Row(
        "normals, 320,000 numbers, 1 thread", partial(normals_problem, 320_000), (Target(2.3, ("numpy",)),)
    )
    pairs = partial(normals_problem, 320_000, kind="gaussian_pairs")
    return [
        *(infonce_row(*cell) for cell in cells),
        *(by_hand_row(K, dtype) for K in (1024, 4096) for dtype in DTYPES),
        shortcut,
        *(robust_row(dtype) for dtype in DTYPES),
        large_row("InfoNCE log link, peers dense", "log_dense", 100.0),
        large_row("InfoNCE log link, peers in closed form", "log_closed", 1.0),
        large_row("spectral (χ²), peers dense", "spectral_dense", 100.0),
        large_row("spectral (χ²), peers by second moments", "spectral_closed", 1.0),
        *(f_row(divergence, K) for divergence in NEWTON_STEPS for K in (1024, 2048)),
        *(row for K in (64, 256) for row in training_rows(K)),
        normals,
        Row("Gaussian pairs, 10,000 in 16 + 16 dimensions, 1 thread", pairs),
        *(documents_row(V, "documents", "alias tables") for V in (1000, 5000)),
        *(documents_row(V, "documents_multinomial", "multinomial") for V in (1000, 5000)),
        Row(
            "softmax topic encoder step, V=2000, M=20, K=512",
            partial(topic_step_problem, 512),
            (Target(5.0, LIBRARIES),),
        ),
    ]
