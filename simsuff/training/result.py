"""What training hands back: the encoder, the way there, and why it stopped."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from simsuff.encoders.protocol import Encoder
from simsuff.numerics.display import card, curve, frame
from simsuff.optimizers.objective import History, Status

E = TypeVar("E", bound=Encoder)


@dataclass(frozen=True, slots=True)
class FitResult(Generic[E]):
    """A trained encoder and the truth about how far training got.

    Attributes
    ----------
    encoder
        The encoder where training stopped.
    history
        Loss (nats) and max-norm of the gradient, one entry for each step.
    status
        Why training stopped.
    n_steps
        Completed steps; the length of both histories.
    gradient_norm, value
        Max-norm of the gradient and loss at `encoder`: of the empirical loss where pairs were given, of one
        fresh batch where a model was given; NaN where the loss was not finite there.
    n_used
        Pairs that entered the loss: a multiple of the batch size where pairs were given (the remainder is
        dropped), the number of pairs drawn for steps where a model was given.
    temperature
        Where it was trainable, the temperature t that was found: scores are ⟨u, v⟩/t of the embeddings of `encoder`.
        None otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> rng = np.random.default_rng(0)
    >>> pairs = ss.GaussianModel.from_correlations([0.9, 0.3]).sample(512, rng)
    >>> result = ss.fit(pairs, ss.LinearEncoder.random(1, 2, rng), batch=64)
    >>> result.status, result.n_used
    (<Status.CONVERGED: 'converged'>, 512)
    >>> result.n_steps == len(result.history.values)
    True
    """

    encoder: E
    history: History
    status: Status
    n_steps: int
    gradient_norm: float
    value: float
    n_used: int
    temperature: float | None = None

    def to_frame(self) -> Any:
        """The history as a pandas DataFrame: the loss and the max-norm of its gradient after each step."""
        steps = {"step": range(1, self.n_steps + 1), "value": self.history.values}
        return frame(steps | {"gradient_norm": self.history.gradient_norms})

    def _repr_html_(self) -> str:
        facts = {
            "encoder": repr(self.encoder),
            "status": self.status.name.lower().replace("_", " "),
            "loss": float(self.value),
            "gradient": float(self.gradient_norm),
            "steps": self.n_steps,
            "pairs": self.n_used,
            "temperature": self.temperature,
            "history": curve(self.history.values) or None,
        }
        return card("FitResult", facts)


class FitInterrupted(KeyboardInterrupt, Generic[E]):
    """Ctrl-C during training: stops a whole sweep as Ctrl-C should, and carries `result` so nothing is lost.

    Examples
    --------
    >>> import numpy as np
    >>> import simsuff as ss
    >>> def stop(point):
    ...     raise KeyboardInterrupt
    >>> pairs = ss.GaussianModel.from_correlations([0.9]).sample(64, np.random.default_rng(0))
    >>> try:
    ...     ss.fit(pairs, ss.LinearEncoder([[0.1]]), batch=8, callback=stop)
    ... except ss.FitInterrupted as stopped:
    ...     print(stopped.result.status.value, stopped.result.n_steps > 0)
    interrupted True
    """

    def __init__(self, result: FitResult[E]) -> None:
        super().__init__(f"training was interrupted after {result.n_steps} steps; see .result")
        self.result = result
