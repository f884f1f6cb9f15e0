"""What do objects show in a notebook: valid markup and mathematics, escaped, in any theme, without loading pandas?"""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import simsuff as ss
from simsuff.certificates import certify, sharpest_constant
from simsuff.statements.registry import Statement
from simsuff.verdicts import compare

HOSTILE = "<script>alert(1)</script>"
SEEN = {
    "Divergence": (lambda: ss.divergence("js"), "Divergence js"),
    "Divergence with parameters": (
        lambda: ss.Divergence("mine", "a*(t-1)**2", parameters={"a": 2.0}),
        "a = 2",
    ),
    "FiniteModel": (lambda: ss.FiniteModel([[0.4, 0.1], [0.2, 0.3]]), "<td>0.4</td>"),
    "FiniteModel of views": (lambda: ss.FiniteModel.from_views([1.0], [[0.5, 0.5]]), "iid given x, one of 1"),
    "FiniteStack": (lambda: ss.FiniteStack([[[0.5, 0.5]], [[0.1, 0.9]]]), "laws"),
    "GaussianModel": (lambda: ss.GaussianModel.from_correlations([0.5, 0.9]), "(0.9, 0.5)"),
    "SphereModel": (lambda: ss.SphereModel(3, 2.5), "2.5"),
    "ProjectedSphereModel": (lambda: ss.SphereModel(3, 2.5).reduced([[1.0, 0.0, 0.0]]), "rank"),
    "NoisySphereModel": (lambda: ss.NoisySphereModel(3, 0.5), "noise σ"),
    "TopicModel": (lambda: ss.TopicModel([[0.8, 0.2], [0.2, 0.8]], [0.5, 0.5], 2), "(0.5, 0.5)"),
    "WordDropoutModel": (lambda: ss.WordDropoutModel.balanced(2, 2, 0), "vocabulary"),
    "TwoModalityTopicModel": (
        lambda: ss.TwoModalityTopicModel(*[ss.TopicModel([[0.8, 0.2], [0.2, 0.8]], [0.5, 0.5], 2)] * 2),
        "second",
    ),
    "Statement": (lambda: ss.statements.get("B4"), "B4: "),
    "false Statement": (
        lambda: next(s for s in ss.statements.all() if not s.holds),
        "there are counterexamples",
    ),
    "Comparison": (lambda: ss.Comparison(1.0, "<=", ss.Estimate(2.0, 0.1, 9), setting={"K": 2}), "K=2"),
    "undecided Comparison": (lambda: ss.Comparison(np.inf, "<=", np.inf), "both sides are infinite"),
    "hostile Comparison": (
        lambda: ss.Comparison(1.0, "<=", 2.0, HOSTILE, {HOSTILE: HOSTILE}),
        "&lt;script&gt;",
    ),
    "Comparisons": (
        lambda: compare(np.array([1.0, np.nan, 3.0]), "<=", np.full(3, 2.0)),
        "3 comparisons, 1 holds, 1 not defined, 1 violated",
    ),
    "FitResult": (
        lambda: ss.fit(
            ss.GaussianModel.from_correlations([0.8]), ss.LinearEncoder([[1.0]]), batch=4, steps=3, rng=0
        ),
        "polyline",
    ),
    "Hunt": (lambda: ss.hunt("B5", budget=1.0), "smallest counterexample"),
    "Certified": (lambda: certify("squared_hellinger <= kl"), "Certified: squared_hellinger &lt;= kl"),
    "Refuted": (lambda: certify("kl <= squared_hellinger"), "against Ber("),
    "Undecided": (lambda: certify("js <= log(2)*le_cam", max_seconds=1e-9), "boxes left"),
    "Bracket": (lambda: sharpest_constant("c*squared_hellinger <= kl", resolution=0.1), "The largest c of"),
}


class Balance(HTMLParser):
    """Notes tags that are closed in another order than they were opened, and attributes that could do harm."""

    def __init__(self):
        super().__init__()
        self.opened, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        self.opened.append(tag)
        known = {
            "style",
            "scope",
            "role",
            "aria-label",
            "displaystyle",
            "width",
            "height",
            "viewbox",
            "points",
            "fill",
            "stroke",
        }
        self.wrong += [name for name, value in attrs if name not in known or "color:" in (value or "")]
        self.wrong += [tag] if tag in ("script", "style", "link", "img", "iframe") else []

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.opened or self.opened.pop() != tag:
            self.wrong.append(f"/{tag}")


@pytest.mark.parametrize("name", SEEN)
def test_the_markup_is_valid_compact_and_neutral(name):
    make, expected = SEEN[name]
    shown = make()._repr_html_()
    parser = Balance()
    parser.feed(shown)
    parser.close()
    assert parser.opened == parser.wrong == []
    assert expected in shown
    assert len(shown) < 8_000


def test_every_class_of_models_is_shown():
    shown = {type(make(0)) for make in ss.MODELS.values()}
    assert all("<table" in make(0)._repr_html_() for make in ss.MODELS.values())
    assert len(shown) > 4


def test_a_hostile_statement_is_text():
    def function(model):
        return model

    function.__doc__ = HOSTILE
    shown = Statement(HOSTILE, HOSTILE, function, paper=(HOSTILE,), sharp=HOSTILE)._repr_html_()
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 5


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (ss.divergence("chi2"), r"$\displaystyle f(t) = \left(t - 1\right)^{2}$"),
        (ss.Comparison(1e-7, "<=", 2.0), r"$1 \times 10^{-7} \le 2 \quad \text{(holds)}$"),
        (ss.Comparison(ss.Estimate(1.0, 0.25, 9), "->", 1.0), r"$1 \pm 0.25 \to 1 \quad \text{(undecided)}$"),
    ],
)
def test_mathematics(shown, expected):
    assert shown._repr_latex_() == expected


def test_frames_hold_the_numbers_bit_by_bit():
    pytest.importorskip("pandas", reason="pandas is not installed")
    found = compare(np.array([1 / 3, np.nan, 3.0]), "<=", np.full(3, 2.0)).with_(statement="A1").to_frame()
    assert found.lhs[0] == 1 / 3
    assert found.lhs.isna().tolist() == [False, True, False]
    assert found.verdict.tolist() == ["holds", "", "violated"]
    assert set(found.statement) == {"A1"}
    hunt = ss.hunt("B5", budget=1.0)
    table = hunt.to_frame()
    assert table.example.tolist()[0] == "smallest"
    assert table.lhs[0] == hunt.lhs
    assert set(table.outcome) == {"refuted"}
    result = SEEN["FitResult"][0]()
    assert np.array_equal(result.to_frame().value, result.history.values)
    assert result.to_frame().step.tolist() == [1, 2, 3]


def test_nothing_heavy_is_loaded_to_show_a_comparison():
    code = (
        "import sys, simsuff as ss; ss.Comparison(1.0, '<=', 2.0)._repr_html_();"
        "print([m for m in ('pandas', 'matplotlib', 'sympy', 'jinja2', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr
