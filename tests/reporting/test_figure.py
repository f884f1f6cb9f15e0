"""Does a figure show every row it was asked for, and always in the same bytes?"""

import dataclasses
import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simsuff.reporting import rows_of, series
from simsuff.reporting.figure import figure_files
from simsuff.reporting.panel import draw_panel, printable
from simsuff.reporting.series import series_of
from simsuff.studies import Axes
from simsuff.studies.collect import PooledRow, StudyResult
from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.verdicts import Comparison, Estimate


def rows_from(comparisons):
    plan = StudyPlan("s", "", "", "", "", [ExperimentPlan("f", "", "", [{}], 1, None)])
    return rows_of([StudyResult(plan, [PooledRow("f", c, 1, 1) for c in comparisons], [])])[0]


def drawn(comparisons, axes):
    """The Matplotlib Axes, laid out."""
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    canvas = figure.subplots()
    draw_panel(canvas, axes, series_of(rows_from(comparisons), axes), "title")
    figure.canvas.draw()
    return canvas


def test_bytes_are_deterministic(result, rows):
    (first, empty), (second, _) = figure_files(result, rows), figure_files(result, rows)
    assert empty == []
    assert first == second
    assert first["png"].startswith(b"\x89PNG")
    assert b"<svg" in first["svg"]
    assert b"dc:date" not in first["svg"]


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
    canvas = drawn(comparisons, Axes(x="k", xscale="log"))
    theory = canvas.lines[0]
    assert theory.get_ydata().tolist() == [2, 4, 8]
    assert theory.get_linestyle() == "-"
    (container,) = canvas.containers
    assert container.lines[0].get_ydata().tolist() == [1, 2, 4]
    low, high = container.lines[2][0].get_segments()[0][:, 1]
    assert 0.19 < (high - low) / 2 < 0.21
    assert [label.get_text() for label in canvas.get_xticklabels()] == ["1", "2", "4"]


@pytest.mark.parametrize(("relation", "style"), [("<=", "--"), (">=", "--"), ("==", "-"), ("->", "-.")])
def test_bounds_are_dashed(relation, style):
    canvas = drawn([Comparison(1.0, relation, 1.0, setting={"k": k}) for k in (1, 2)], Axes(x="k"))
    assert canvas.lines[0].get_linestyle() == style


def test_measurements_without_theory_are_joined_points():
    canvas = drawn([Comparison(1.0 + k, "vs", 9.0, setting={"k": k}) for k in (1, 2)], Axes(x="k"))
    (line,) = canvas.lines
    assert (line.get_ydata().tolist(), line.get_linestyle()) == ([2.0, 3.0], ":")
    with_zero = [Comparison(float(k), "vs", 9.0, setting={"k": k}) for k in (0, 1)]
    texts = drawn(with_zero, Axes(x="k", yscale="log")).texts
    assert [text.get_text() for text in texts] == ["1 value\noutside this scale"]


def test_values_that_a_scale_cannot_show_are_confessed():
    comparisons = [Comparison(k, "<=", float("inf") if k else 1.0, setting={"k": k}) for k in (0, 1, 2)]
    canvas = drawn(comparisons, Axes(x="k", yscale="log"))
    assert [text.get_text() for text in canvas.texts] == ["3 values\noutside this scale"]


@pytest.mark.parametrize("xscale", ["linear", "log"])
@pytest.mark.parametrize("x", [1024, 0.5])
def test_a_single_value_has_a_visible_panel(x, xscale):
    canvas = drawn(
        [Comparison(Estimate(1.0, 0.1, 9), "->", Estimate(1.0, 0.1, 9), setting={"k": x})],
        Axes(x="k", xscale=xscale, yscale="log"),
    )
    low, high = canvas.get_xlim()
    assert low < x < high
    assert high - low > 0.1 * x


def test_labels_of_close_values_do_not_overlap():
    values = (30, 33, 45, 55, 100, 200, 400)
    canvas = drawn([Comparison(1.0, "<=", 2.0, setting={"k": k}) for k in values], Axes(x="k", xscale="log"))
    assert canvas.get_xticks().tolist() == [30, 45, 100, 200, 400]
    boxes = [label.get_window_extent() for label in canvas.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_words_stand_side_by_side():
    comparisons = [Comparison(1.0, "<=", 2.0, setting={"loss": name}) for name in ("spectral", "infonce")]
    canvas = drawn(comparisons, Axes(x="loss", xscale="log"))
    assert [label.get_text() for label in canvas.get_xticklabels()] == ["spectral", "infonce"]


def test_letters_without_glyphs_become_mathematics():
    assert (
        printable("excess 𝓔_K of θ̂, ½ χ²") == "excess $\\mathcal{E}$_K of $\\hat{θ}$, $\\frac{1}{2}$ χ$^{2}$"
    )
    assert printable("$n^2$ and ½") == "$n^2$ and ½"
    canvas = drawn([Comparison(1.0, "<=", 2.0, setting={"k": 1})], Axes(x="k", ylabel="𝓔 θ̂ ½ ⁻¹ χ²"))
    assert canvas.get_ylabel()


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
    canvas = drawn(
        [Comparison(1.0, "<=", 2.0, setting={"k": k, "by": k}) for k in values], Axes(x="k", by="by")
    )
    assert len(canvas.get_xticklabels()) <= 25
    assert "and 476 more" in [text.get_text() for text in canvas.get_legend().get_texts()]
