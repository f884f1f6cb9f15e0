"""How does the house refuse bad input? Each check names the argument, its value, the allowed range and the way out.

Arrays come in as anything that holds numbers (lists, pandas objects, tensors) and are NumPy arrays from here on.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]
Integer = NDArray[np.int64]

# What SPEC 7 of Scientific Python takes as `rng`, but for None.
RNGLike = np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | int | Sequence[int]

# How alike a name and a known one are at least (`difflib`) for a guess: rnu and run share two letters in order of three.
ALIKE = 0.65
# Of names so short one letter may be wrong: k1 for kl.
SHORT = 2
# A refusal spells out so many known names; of more, those that are near.
FEW = 40

# A probability table that was normalised in double precision sums to one within the rounding of its own
# summation, about n/2 ulp in the worst case; 1e-9 admits tables read from text files with ten digits.
NORMALISATION_SLACK = 1e-9

# Relative asymmetry and negative eigenvalues that the rounding of a matrix product can cause.
SYMMETRY_SLACK = 1e-10


def refuse(argument: str, value: Any, allowed: str, way_out: str) -> ValueError:
    """The house's error: ``argument must allowed: argument = value; way_out``."""
    shown = value if isinstance(value, str) and "=" in value else f"{argument} = {value!r}"
    return ValueError(f"{argument} must {allowed}: {shown}; {way_out}")


def require(condition: Any, argument: str, value: Any, allowed: str, way_out: str) -> None:
    """Raise the house's error unless `condition` holds."""
    if not bool(condition):
        raise refuse(argument, value, allowed, way_out)


def nearest(name: Any, known: Iterable[Any]) -> list[str]:
    """Up to three of the `known` names that `name` may mean, the likeliest first; case, spaces and dashes don't count.

    Examples
    --------
    >>> nearest("Total Variation", ["kl", "chi2", "total_variation"])
    ['total_variation']
    """

    def plain(text: str) -> str:
        return text.casefold().replace(" ", "_").replace("-", "_")

    meant, names = plain(str(name)), list(map(str, known))
    scores = [(SequenceMatcher(None, meant, plain(other)).ratio(), other) for other in names]
    scores.sort(key=lambda pair: -pair[0])
    least = ALIKE if len(str(name)) > SHORT else 0.5
    good = [(score, other) for score, other in scores if score >= least]
    # Beside a near certain guess the others only confuse.
    return [other for score, other in good if score >= good[0][0] - 0.15][:3]


def guess(name: Any, known: Iterable[Any]) -> str:
    """``did you mean 'kl'? `` for a way out; empty where nothing known is near."""
    near = nearest(name, known) if isinstance(name, str) and re.search(r"\w", name) else []
    return f"did you mean {' or '.join(map(repr, near))}? " if near else ""


def unknown(
    argument: str, value: Any, known: Iterable[Any], way_out: str = "pick one", also: str = ""
) -> ValueError:
    """The refusal of a name: ``argument must be one of a, b, c: argument = 'd'; did you mean 'c'? way_out``.

    `also` says what else is allowed beside the known names.
    """
    names = [str(name) for name in known]
    near = nearest(value, names) if len(names) > FEW else []
    listed = f"{', '.join(near)}, … ({len(names)} names)" if near else ", ".join(names)
    allowed = f"be {also}one of {listed or 'none'}"
    return refuse(argument, value, allowed, guess(value, names) + way_out)


def one_of(argument: str, value: Any, known: Collection[Any], way_out: str = "pick one") -> Any:
    """`value`, where it is one of the `known` names; the refusal `unknown` otherwise.

    Examples
    --------
    >>> one_of("scale", "smoek", ["smoke", "default", "full"])
    Traceback (most recent call last):
        ...
    ValueError: scale must be one of smoke, default, full: scale = 'smoek'; did you mean 'smoke'? pick one
    """
    if not (isinstance(value, str) and value in known):
        raise unknown(argument, value, known, way_out)
    return value


def require_all(
    good: NDArray[np.bool_], argument: str, values: NDArray[Any], allowed: str, way_out: str
) -> None:
    """Raise the house's error for the first entry where `good` is False, naming its index and value."""
    if good.all():
        return
    index = np.unravel_index(int(np.argmin(good)), good.shape)
    place = ", ".join(str(int(i)) for i in index)
    raise refuse(argument, f"{argument}[{place}] = {values[index]!s}", allowed, way_out)


def plain_array(values: Any, dtype: Any = None) -> NDArray[Any]:
    """`values` as a NumPy array: a list, a pandas object, a tensor of torch, whatever NumPy itself can read.

    A tensor is read detached, wherever it is: nothing here is differentiated by anyone else, losses return their
    gradients. bfloat16, which NumPy lacks, becomes float32, which holds all of it.
    """
    if not isinstance(values, np.ndarray) and callable(getattr(values, "detach", None)):
        values = values.float() if str(values.dtype) == "torch.bfloat16" else values
        values = values.numpy(force=True)
    return np.asarray(values, dtype=dtype)


def is_table(value: Any) -> bool:
    """Whether `value` is an array in the clothes of a list, of pandas or of a tensor, which `plain_array` takes off."""
    return isinstance(value, list) or any(
        callable(getattr(value, name, None)) for name in ("to_numpy", "detach")
    )


def real_array(argument: str, values: ArrayLike, ndim: int | None = None) -> Float:
    """`values`, whatever `plain_array` reads, as a finite, non-empty float64 array; with `ndim` dimensions if given."""
    masked = isinstance(values, np.ma.MaskedArray)
    require(not masked, argument, "kind = masked array", "be without a mask", "fill or drop what is masked")
    allowed, way_out = "hold real numbers", "pass its .real, if that is what is meant"
    try:
        array = plain_array(values)
        array = array if np.iscomplexobj(array) else array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise refuse(argument, values, "be an array of real numbers", "convert it first") from error
    require(array.dtype == np.float64, argument, "dtype = complex", allowed, way_out)
    if ndim is not None:
        require(
            array.ndim == ndim, argument, f"shape = {array.shape}", f"have {ndim} dimensions", "reshape it"
        )
    require(array.size > 0, argument, f"shape = {array.shape}", "be non-empty", "pass at least one entry")
    finite = np.isfinite(array)
    require_all(finite, argument, array, "be finite", "remove NaN and infinite entries")
    return array


def shaped_array(argument: str, values: ArrayLike, shape: tuple[int | str, ...], way_out: str) -> Float:
    """`values` as `real_array` reads them, of this shape; a letter in it stands for any size.

    Examples
    --------
    >>> shaped_array("z1", [[1.0, 2.0]], ("n", 3), "pass one row for each sample")
    Traceback (most recent call last):
        ...
    ValueError: z1 must have shape (n, 3): shape = (1, 2); pass one row for each sample
    """
    array = real_array(argument, values, len(shape))
    fits = all(isinstance(want, str) or size == want for size, want in zip(array.shape, shape, strict=True))
    allowed = f"have shape {shape}".replace("'", "")
    require(fits, argument, f"shape = {array.shape}", allowed, way_out)
    return array


def normalisation_slack(values: Any, size: int) -> float:
    """How far the sum of `size` probabilities may be from 1: by the rounding of the type that they came in."""
    kind = plain_array(values).dtype if hasattr(values, "dtype") or hasattr(values, "dtypes") else None
    if kind is None or not np.issubdtype(kind, np.floating):
        return NORMALISATION_SLACK
    return max(NORMALISATION_SLACK, size * float(np.finfo(kind).eps))


def probabilities(argument: str, values: ArrayLike, ndim: int) -> Float:
    """A table of `ndim` dimensions with non-negative entries that sum to one (returned exactly normalised)."""
    array = real_array(argument, values, ndim)
    require_all(array >= 0, argument, array, "be non-negative", "probabilities cannot be negative")
    total = float(array.sum())
    good = abs(total - 1) <= normalisation_slack(values, array.size)
    require(good, argument, f"sum = {total!r}", "sum to 1", "divide the table by its sum")
    return array / total


def channel(argument: str, values: ArrayLike) -> Float:
    """A row-stochastic matrix: each row is a probability vector (returned exactly normalised)."""
    array = real_array(argument, values, 2)
    require_all(array >= 0, argument, array, "be non-negative", "probabilities cannot be negative")
    totals = array.sum(axis=1)
    good = np.abs(totals - 1) <= normalisation_slack(values, array.shape[1])
    if not good.all():
        row = int(np.argmin(good))
        shown = f"sum of row {row} = {float(totals[row])!r}"
        raise refuse(argument, shown, "have rows that sum to 1", "divide each row by its sum")
    normalised: Float = array / totals[:, None]
    return normalised


def covariance(argument: str, values: ArrayLike) -> Float:
    """A symmetric positive definite matrix (returned exactly symmetric)."""
    array = real_array(argument, values, 2)
    require(array.shape[0] == array.shape[1], argument, f"shape = {array.shape}", "be square", "reshape it")
    # Judged as a matrix of correlations, which no choice of units changes.
    units = np.sqrt(np.abs(np.diag(array)))
    units = np.where(units > 0, units, 1.0)
    gap = float(np.abs((array - array.T) / units / units[:, None]).max())
    good = gap <= SYMMETRY_SLACK * max(1.0, float(np.abs(array / units / units[:, None]).max()))
    shown, way_out = f"largest asymmetry = {gap!r}", "symmetrise it: (C + C.T) / 2"
    require(good, argument, shown, "be symmetric", way_out)
    symmetric: Float = (array + array.T) / 2
    smallest = float(np.linalg.eigvalsh(symmetric / units / units[:, None])[0])
    shown, way_out = (
        f"smallest eigenvalue = {smallest!r}",
        "drop redundant directions or add noise to the diagonal",
    )
    require(smallest > 0, argument, shown, "be positive definite", way_out)
    return symmetric


def integer(argument: str, value: Any, low: int, way_out: str, high: int | None = None) -> int:
    """An integer with ``low <= value`` and, where given, ``value <= high``."""
    allowed = f"be an integer >= {low}" if high is None else f"be an integer in [{low}, {high}]"
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    inside = is_integer and value >= low and (high is None or value <= high)
    require(inside, argument, value, allowed, way_out)
    return int(value)


def positive(argument: str, value: Any, way_out: str = "pass a positive finite number") -> float:
    """A positive finite real number."""
    is_real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    require(is_real and 0 < value < float("inf"), argument, value, "be positive and finite", way_out)
    return float(value)


def labels(argument: str, values: ArrayLike, size: int) -> Integer:
    """A vector of `size` integer labels, renumbered 0, 1, … in the order of their values."""
    array = plain_array(values)
    shown = f"shape = {array.shape}"
    require(
        array.shape == (size,), argument, shown, f"have shape ({size},)", "give one label for each symbol"
    )
    whole = np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.bool_)
    require(whole, argument, f"dtype = {array.dtype}", "hold integers", "number the groups 0, 1, …")
    renumbered: Integer = np.unique(array, return_inverse=True)[1].astype(np.int64)
    return renumbered


def generator(argument: str, value: Any) -> np.random.Generator:
    """The Generator behind what SPEC 7 of Scientific Python takes as `rng`; there is no global random state here.

    A Generator is handed on as it is, and goes on where it stands; from an integer, a sequence of them, a SeedSequence
    or a BitGenerator, `numpy.random.default_rng` makes one.

    Raises
    ------
    ValueError : for None, whose draws nobody could repeat; for the legacy RandomState, and anything else.

    Examples
    --------
    >>> float(generator("rng", 7).random()) == float(np.random.default_rng(7).random())
    True
    """
    if isinstance(value, np.random.Generator):
        return value
    entries = value if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) else [value]
    whole = all(isinstance(x, int | np.integer) and not isinstance(x, bool) and x >= 0 for x in entries)
    if not (isinstance(value, np.random.BitGenerator | np.random.SeedSequence) or (whole and len(entries))):
        allowed = "be a numpy.random.Generator or a seed (integers >= 0, a SeedSequence or a BitGenerator)"
        way_out = "pass numpy.random.default_rng(seed), or the seed itself"
        raise refuse(argument, value, allowed, way_out)
    return np.random.default_rng(value)
