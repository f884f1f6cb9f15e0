"""Which colour and marker does a series get? Colour for the `by` value, marker for whatever else varies."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simsuff.reporting.series import Series, is_number
from simsuff.studies.experiment import Axes

# Okabe and Ito's colours, told apart by colour-blind readers, without the yellow that paper swallows.
CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
# The pale end of the map cannot be read on paper.
DARK_END = 0.85
LABEL_LETTERS = 26


@dataclass(frozen=True)
class Looks:
    """The colours and markers of a panel, by what they stand for."""

    colours: Mapping[Any, Any]
    markers: Mapping[str, str]
    colour_by_rest: bool

    def colour(self, one: Series) -> Any:
        """The colour of a series."""
        return self.colours[one.rest if self.colour_by_rest else one.by]

    def marker(self, one: Series) -> str:
        """The marker of a series."""
        return self.markers[one.rest]


def looks_of(series: Sequence[Series]) -> Looks:
    """Without several `by` values the colours are free to tell the rest apart."""
    rests = list(dict.fromkeys(one.rest for one in series))
    markers = {rest: MARKERS[i % len(MARKERS)] for i, rest in enumerate(rests)}
    values = list(dict.fromkeys(one.by for one in series))
    by_rest = len(values) == 1
    return Looks(_colours(rests if by_rest else values), markers, by_rest)


def _colours(values: Sequence[Any]) -> dict[Any, Any]:
    """A ramp for numbers, distinct colours for categories."""
    import matplotlib

    if len(values) > 2 and all(is_number(value) for value in values):
        ramp = matplotlib.colormaps["viridis"]
        ranked = sorted(values)
        return {value: ramp(DARK_END * ranked.index(value) / (len(values) - 1)) for value in values}
    return {value: CATEGORIES[i % len(CATEGORIES)] for i, value in enumerate(values)}


def draw_legend(canvas: Any, axes: Axes, series: Sequence[Series], looks: Looks) -> None:
    """Name colours and markers to the right of the panel, where there is something to tell apart."""
    from matplotlib.lines import Line2D

    handles = []
    if axes.by is not None:
        for by in dict.fromkeys(one.by for one in series):
            colour = "0.2" if looks.colour_by_rest else looks.colours[by]
            handles.append(Line2D([], [], color=colour, linewidth=3, label=_by_text(axes.by, by)))
    if len(looks.markers) > 1:
        for rest, marker in looks.markers.items():
            colour = looks.colours[rest] if looks.colour_by_rest else "0.3"
            shown: dict[str, Any] = {"color": colour, "marker": marker, "linestyle": "none", "markersize": 4}
            handles.append(Line2D([], [], label=textwrap.fill(rest, LABEL_LETTERS), **shown))
    if handles:
        canvas.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False)


def _by_text(name: str, value: Any) -> str:
    text = f"{name} = {value:g}" if is_number(value) else f"{name} = {value}"
    return textwrap.fill(text, LABEL_LETTERS)
