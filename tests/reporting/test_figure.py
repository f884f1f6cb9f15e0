"""Does a figure show every row it was asked for, so that it can be read, and always in the same bytes?"""

import dataclasses
import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from simsuff.reporting import rows_of, series
from simsuff.reporting.figure import FORMATS, figure_files, panel_rows
from simsuff.reporting.legend import place_legend
from simsuff.reporting.panel import draw_panel
from simsuff.reporting.series import BLACK, GREY, LINES, series_of
from simsuff.reporting.typeset import lettered
from simsuff.studies import Axes
from simsuff.studies.collect import PooledRow, StudyResult
from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.verdicts import Comparison, Estimate


def rows_from(comparisons):
    plan = StudyPlan("s", "", "", "", "", [ExperimentPlan("f", "", "", [{}], 1, None)])
    return rows_of([StudyResult(plan, [PooledRow("f", c, 1, 1) for c in comparisons], [])])[0]


def drawn(comparisons, axes, title="title", cells=()):
    """The Matplotlib Axes with its legend, laid out, and what was drawn."""
    figure = Figure(figsize=(3.4, 2.2), layout="constrained")
    FigureCanvasAgg(figure)
    canvas = figure.subplots()
    shown = draw_panel(canvas, axes, series_of(rows_from(comparisons), axes, cells), title)
    figure.draw_without_rendering()
    place_legend(canvas, shown)
    figure.canvas.draw()
    return canvas, shown


def lines(canvas, marker):
    """The lines drawn with markers, or those without."""
    return [line for line in canvas.lines if (line.get_marker() not in ("None", None, "")) == marker]


def shift(canvas, artist):
    """How far an artist is moved aside, in pixels."""
    at = canvas.get_xlim()[0], canvas.get_ylim()[0]
    return artist.get_transform().transform(at)[0] - canvas.transData.transform(at)[0]


def test_an_empty_choice_shows_every_row():
    rows = rows_from([Comparison(1.0, "<=", 2.0, "B4", {"K": 2}), Comparison(0.5, "<=", 2.0, "B3", {"K": 2})])
    for show in ("", (), []):
        assert len(series_of(rows, Axes(x="K", show=show))) == 2
    assert [len(series_of(rows, Axes(x="K", show=show))) for show in ("B4", ["B3", "B4"])] == [1, 2]


def test_bytes_are_deterministic(result, rows):
    (first, empty), (second, _) = figure_files(result, rows), figure_files(result, rows)
    assert empty == []
    assert first == second
    assert list(first) == list(FORMATS)
    assert first["png"].startswith(b"\x89PNG")
    assert b"<svg" in first["svg"]
    assert b"dc:date" not in first["svg"]
    assert b"CreationDate" not in first["pdf"]
    assert b"<title>A title</title>" in first["svg"]


SCRIPT = """
import hashlib
from simsuff.reporting import rows_of
from simsuff.reporting.figure import figure_files
from simsuff.studies import Axes
from simsuff.studies.collect import PooledRow, StudyResult
from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.verdicts import Comparison

plan = ExperimentPlan("f", "𝓔_∞ ≤ η₁₂", "B4", [{}], 1, Axes(x="K", by="m"))
rows = [PooledRow("f", Comparison(1.0, "<=", k + ord(m), "B4", {"K": k, "m": m}), 1, 1) for k in (1, 2) for m in "ab"]
result = StudyResult(StudyPlan("s", "t", "", "", "", [plan]), rows, [])
for kind, content in figure_files(result, rows_of([result])[0], "single")[0].items():
    print(kind, hashlib.sha256(content).hexdigest())
"""


def test_bytes_do_not_depend_on_the_process():
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(("width", "inches"), [("single", 3.3), ("double", 6.8)])
def test_widths_are_those_of_columns(result, rows, width, inches):
    files, _ = figure_files(result, rows, width, ["png"], ["f"])
    assert int.from_bytes(files["png"][16:20]) == round(300 * inches)


def test_unknown_widths_and_formats_are_refused(result, rows):
    with pytest.raises(ValueError, match="width must be one of"):
        figure_files(result, rows, "triple")
    with pytest.raises(ValueError, match="format must be one of"):
        figure_files(result, rows, "single", ["gif"])


@pytest.mark.parametrize("count", range(1, 12))
def test_no_place_of_the_grid_stays_empty(count):
    assert sum(panel_rows(count, "double")) == count
    assert all(6 % row == 0 for row in panel_rows(count, "double"))
    assert panel_rows(count, "single") == [1] * count


def test_experiments_without_axes_or_x_have_no_panel(result):
    bare = [ExperimentPlan(e.name, "", "", [{}], 1, None) for e in result.plan.experiments]
    plan = StudyPlan("demo", "", "", "", "", bare)
    assert figure_files(StudyResult(plan, result.rows, []), rows_of([result])[0]) == ({}, [])
    assert series_of(rows_of([result])[0], Axes(x="absent")) == []


def test_series_split_by_colour_and_by_the_rest():
    comparisons = [
        Comparison(k + m, relation, k * m, statement=statement, setting={"k": k, "m": m, "fixed": 1})
        for k in (3, 1, 2)
        for m in (10.0, 5.0)
        for statement, relation in (("B4", "<="), ("B2", ">="))
    ]
    series = series_of(rows_from(comparisons), Axes(x="k", by="m"))
    assert [(s.by, s.rest, s.x) for s in series] == [
        (10.0, "B4", [1, 2, 3]),
        (10.0, "B2", [1, 2, 3]),
        (5.0, "B4", [1, 2, 3]),
        (5.0, "B2", [1, 2, 3]),
    ]
    only = series_of(rows_from(comparisons), Axes(x="k", by="m", show="B2"))
    assert [(s.by, s.rest) for s in only] == [(10.0, ""), (5.0, "")]


def test_points_carry_bars_and_lines_are_theory():
    comparisons = [Comparison(Estimate(k, 0.1, 50), "==", 2.0 * k, setting={"k": k}) for k in (1, 2, 4)]
    canvas, shown = drawn(comparisons, Axes(x="k", xscale="log"))
    (theory,), (points,) = lines(canvas, False), lines(canvas, True)
    assert theory.get_ydata().tolist() == [2, 4, 8]
    assert theory.get_linestyle() == "-"
    assert points.get_ydata().tolist() == [1, 2, 4]
    (container,) = canvas.containers
    low, high = container.lines[2][0].get_segments()[0][:, 1]
    assert 0.19 < (high - low) / 2 < 0.21
    assert [label.get_text() for label in canvas.get_xticklabels()] == ["1", "2", "4"]
    assert shown.kinds == {"measured", "bars", "=="}


@pytest.mark.parametrize("relation", ["<=", ">=", "==", "->"])
def test_relations_have_their_own_lines(relation):
    comparisons = [Comparison(1.0, relation, 1.0, setting={"k": k}) for k in (1, 2)]
    canvas, shown = drawn(comparisons, Axes(x="k"))
    assert len({str(style) for style in LINES.values()}) == len(LINES)
    assert relation in shown.kinds
    assert lines(canvas, False)[0].is_dashed() == (relation != "==")


def test_measurements_without_theory_are_joined_and_have_the_other_one_beside_them():
    canvas, shown = drawn([Comparison(1.0 + k, "vs", 9.0, setting={"k": k}) for k in (1, 2)], Axes(x="k"))
    (beside,), (points,) = lines(canvas, False), lines(canvas, True)
    assert (points.get_ydata().tolist(), points.get_linestyle()) == ([2.0, 3.0], "-")
    assert beside.get_ydata().tolist() == [9.0, 9.0]
    assert shown.kinds == {"measured", "joined", "vs"}


def test_values_that_a_scale_cannot_show_are_confessed():
    comparisons = [Comparison(k, "<=", float("inf") if k else 1.0, setting={"k": k}) for k in (0, 1, 2)]
    canvas, _ = drawn(comparisons, Axes(x="k", yscale="log"))
    assert [text.get_text() for text in canvas.get_legend().get_texts()] == ["3 values outside this scale"]


def test_a_line_does_not_cross_what_was_not_measured():
    cells = [{"k": k, "m": m} for k in (1, 2, 3, 4) for m in (1, 2)]
    comparisons = [
        Comparison(1.0, "==", m + k, setting={"k": k, "m": m})
        for k in (1, 2, 3, 4)
        for m in (1, 2)
        if (k, m) != (2, 1)
    ]
    canvas, _ = drawn(comparisons, Axes(x="k", by="m"), cells=cells)
    first, second = (line.get_ydata() for line in lines(canvas, False))
    assert np.isnan(first).any()
    assert second.tolist() == [3, 4, 5, 6]


@pytest.mark.parametrize("xscale", ["linear", "log"])
@pytest.mark.parametrize("x", [1024, 0.5, "spectral"])
def test_where_a_single_x_stands_alone_theory_is_a_level_and_bars_are_upright(x, xscale):
    comparisons = [
        Comparison(Estimate(v, 0.1, 9), "->", Estimate(1.0, 0.1, 9), setting={"k": x, "m": m})
        for m, v in ((1, 1.0), (2, 1.2))
    ]
    canvas, _ = drawn(comparisons, Axes(x="k", by="m", xscale=xscale, yscale="log"))
    (theory,) = lines(canvas, False)
    start, end = theory.get_xdata()[:2]
    assert end - start > 0.5
    assert [label.get_text() for label in canvas.get_xticklabels()] == [str(x)]
    assert all(bar.lines[1] == () for bar in canvas.containers)  # no caps, which look like levels
    one, other = (shift(canvas, line) for line in lines(canvas, True) if line.get_marker() not in "v^")
    assert other - one > 20


def test_names_are_not_joined():
    comparisons = [Comparison(1.0, "<=", 2.0, setting={"loss": name}) for name in ("spectral", "infonce")]
    canvas, _ = drawn(comparisons, Axes(x="loss", xscale="log"))
    assert [label.get_text() for label in canvas.get_xticklabels()] == ["spectral", "InfoNCE"]
    (theory,) = lines(canvas, False)
    assert np.isnan(theory.get_xdata()[2])


def test_theory_common_to_several_series_is_drawn_once_in_grey():
    comparisons = [
        Comparison(k / m, "<=", 9.0 + k, setting={"k": k, "m": m}) for k in (1, 2, 3) for m in (1, 2, 3)
    ]
    canvas, shown = drawn(comparisons, Axes(x="k", by="m"))
    (theory,) = lines(canvas, False)
    assert theory.get_color() == GREY
    assert "grey" in shown.kinds
    assert len(lines(canvas, True)) == 3


def test_measurements_common_to_several_series_are_drawn_once_in_black():
    comparisons = [Comparison(1.0, "<=", m + k, setting={"k": k, "m": m}) for k in (1, 2, 3) for m in (1, 2)]
    canvas, shown = drawn(comparisons, Axes(x="k", by="m"))
    (points,) = lines(canvas, True)
    assert points.get_color() == BLACK
    assert len(lines(canvas, False)) == 2
    assert [handle.get_marker() for handle in shown.handles] == ["None", "None"]


def test_series_that_would_hide_each_other_stand_side_by_side():
    near = [Comparison(1.0 + 1e-4 * m, "<=", 2.0, setting={"k": k, "m": m}) for k in (1, 2) for m in (1, 2)]
    far = [Comparison(1.0 + m, "<=", 9.0, setting={"k": k, "m": m}) for k in (1, 2) for m in (1, 2)]
    axes = Axes(x="k", by="m")
    canvas, _ = drawn(near, axes)
    one, other = (shift(canvas, line) for line in lines(canvas, True))
    assert other - one > 3
    canvas, _ = drawn(far, axes)
    assert [shift(canvas, line) for line in lines(canvas, True)] == pytest.approx([0, 0], abs=1e-6)


@pytest.mark.parametrize("yscale", ["linear", "log"])
def test_bars_of_two_draws_do_not_flatten_the_axis(yscale):
    comparisons = [
        Comparison(Estimate(1.0 + k, 0.2 if k else 2.0, 2 if k == 0 else 50), "<=", 4.0, setting={"k": k})
        for k in (0, 1, 2)
    ]
    canvas, shown = drawn(comparisons, Axes(x="k", yscale=yscale))
    low, high = canvas.get_ylim()
    transform = canvas.yaxis.get_transform()
    bottom, top, least, most = transform.transform(np.array([low, high, 1.0, 4.0]))
    assert (most - least) / (top - bottom) > 0.28
    assert "clipped" in shown.kinds
    heads = {
        line.get_marker(): line.get_ydata()[0] for line in lines(canvas, True) if line.get_marker() in "v^"
    }
    assert heads["^"] == pytest.approx(high)
    segment = canvas.containers[0].lines[2][0].get_segments()[0]
    assert segment[1][1] <= high * (1 + 1e-12)


def test_labels_of_close_values_do_not_overlap():
    values = (30, 33, 45, 55, 100, 200, 400)
    canvas, _ = drawn(
        [Comparison(1.0, "<=", 2.0, setting={"k": k}) for k in values], Axes(x="k", xscale="log")
    )
    assert len(canvas.get_xticks()) >= 4
    boxes = [label.get_window_extent() for label in canvas.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_a_legend_covers_nothing():
    rng = np.random.default_rng(0)
    comparisons = [
        Comparison(float(v), "<=", 2.0, setting={"k": k, "loss": m})
        for k in range(12)
        for m, v in zip("abcde", rng.random(5), strict=True)
    ]
    canvas, _ = drawn(comparisons, Axes(x="k", by="loss"))
    box = canvas.get_legend().get_window_extent()
    frame = canvas.get_window_extent()
    assert frame.x0 <= box.x0
    assert box.x1 <= frame.x1
    assert box.y1 <= frame.y1
    for line in canvas.lines:
        points = line.get_transform().transform(line.get_xydata())
        inside = (points > (box.x0, box.y0)).all(axis=1) & (points < (box.x1, box.y1)).all(axis=1)
        assert not inside.any()


def test_series_differ_in_marker_and_colour():
    comparisons = [
        Comparison(k + m, "<=", 9.0 + m, setting={"k": k, "m": f"m{m}"}) for k in (1, 2) for m in range(5)
    ]
    canvas, shown = drawn(comparisons, Axes(x="k", by="m"))
    points = lines(canvas, True)
    assert (
        len({line.get_marker() for line in points}) == len({to_hex(line.get_color()) for line in points}) == 5
    )
    assert [handle.get_marker() for handle in shown.handles] == [line.get_marker() for line in points]


def test_labels_are_typeset_and_hostile_ones_stand_as_they_are():
    hostile = (
        r"$\frac{$",
        r"$\unknown{x}$",
        "a $ b",
        "{",
        r"\input{x}",
        "\x1b[2J",
        "漢字",
        "x" * 500,
        "$" * 99,
    )
    for text in hostile:
        axes = Axes(x="k", by="by", xlabel=text, ylabel=text, title=text)
        plan = StudyPlan("s", text, "", "", "", [ExperimentPlan("f", text, "", [{}], 1, axes)])
        rows = [
            PooledRow("f", Comparison(1.0, "<=", 2.0, setting={"k": text, "by": b}), 1, 1)
            for b in (text, "b")
        ]
        result = StudyResult(plan, rows, [])
        files, empty = figure_files(result, rows_of([result])[0], "single", ["svg"])
        assert files["svg"]
        assert empty == []
    assert lettered("$n^2$ and ½") == "$n^2$ and ½"
    assert lettered("of θ̂, χ² by z^2N") == r"of $\hat{θ}$, $χ^{2}$ by $z^{2N}$"
    assert lettered("a word " * 40, 30).count("\n") == 2


def test_a_panel_that_stays_empty_is_named(result, rows):
    axes = Axes(x="K", by="lnik"), Axes(x="absent")
    experiments = [dataclasses.replace(e, axes=a) for e, a in zip(result.plan.experiments, axes, strict=True)]
    plan = dataclasses.replace(result.plan, experiments=experiments)
    _, empty = figure_files(dataclasses.replace(result, plan=plan), rows)
    assert empty == ["f by lnik: no row has it", "g: no row has absent"]


def test_the_work_of_series_grows_with_the_rows_and_not_with_their_square(monkeypatch):
    """Counted in spellings of settings, of which each row needs a few."""
    counted = itertools.count()
    real = series.canonical
    monkeypatch.setattr(series, "canonical", lambda value: (next(counted), real(value))[1])
    for count in (100, 1_000):
        rows = rows_from([Comparison(1.0, "<=", 2.0, setting={"k": k, "m": k % 7}) for k in range(count)])
        start = next(counted)
        series_of(rows, Axes(x="k", by="m"))
        assert next(counted) - start < 5 * count
    assert next(counted) > 1_000


def test_names_and_legends_are_thinned():
    values = [f"name {k}" for k in range(500)]
    canvas, _ = drawn(
        [Comparison(1.0 + i, "<=", 2.0, setting={"k": k, "by": k}) for i, k in enumerate(values)],
        Axes(x="k", by="by"),
    )
    assert len(canvas.get_xticklabels()) <= 25
    assert "and 488 more" in [text.get_text() for text in canvas.get_legend().get_texts()]
