"""Is the page of a run complete, the same each time, without links to elsewhere, and does it escape what it is given?"""

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from simsuff import statements
from simsuff.reporting import rows_of
from simsuff.reporting.html import report_page
from simsuff.reporting.html.page import typeset
from simsuff.reporting.html.strip import strip_of
from simsuff.reporting.row import State
from simsuff.reporting.summary import PARTS, Standing, standings
from simsuff.studies import Axes
from simsuff.studies.collect import PooledRow, StudyResult
from simsuff.studies.plan import ExperimentPlan, StudyPlan
from simsuff.verdicts import Comparison, Estimate

THEORY = Path(__file__).parents[2] / "docs" / "theory.md"
HEADER = {
    "scale": "smoke",
    "seed": 3,
    "only": ["f[K=2]"],
    "command": ["simsuff", "run", "a b.py"],
    "versions": {"numpy": "2.0"},
    "machine": {"platform": "Linux"},
}
HOSTILE = "</style></script><script>alert(1)</script>&\"'><img src=x onerror=alert(2)>"
VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """Tags that are open, all ids and links, and whether each tag is closed by its own."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.links, self.words = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named[name] for name in ("href", "src") if name in named]
        assert not [name for name in named if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def study_of(comparisons, **about):
    """A study with these rows in one experiment."""
    texts = {
        "name": "demo",
        "title": "A title",
        "description": "Said.",
        "path": "demo.py",
        "digest": "",
    } | about
    plan = StudyPlan(**texts, experiments=[ExperimentPlan("f", "", "", [{}], 1, None)])
    return StudyResult(plan, [PooledRow("f", comparison, 1, 1) for comparison in comparisons], [])


def page_of(*results, **options):
    studies = [*zip(results, rows_of(results), strict=True)]
    return report_page(studies, HEADER, 0.01, options.pop("figures", {}), **options)


def test_every_statement_has_a_card_and_every_link_its_target(result):
    text = page_of(result, figures={"demo": b"<svg/>"})
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if link.startswith("#")} <= {f"#{id}" for id in page.ids}
    cards = re.findall(r'<article class="card item[^>]*>\n<header><span class="id">([^<]*)', text)
    assert {entry.id for entry in statements.all()} <= set(cards)
    assert "simsuff run demo.py --scale smoke --seed 3 --only 'f[K=2]'" in page.words
    assert ": ValueError: no" in page.words


def test_nothing_comes_from_elsewhere(result):
    page = Page(page_of(result, figures={"demo": b"<svg/>"}))
    assert {link.partition(":")[0] for link in page.links if not link.startswith("#")} == {"data"}
    assert page.tags.count("script") == page.tags.count("style") == 1


def test_the_same_run_gives_the_same_bytes(result):
    assert page_of(result) == page_of(result)


def test_a_hostile_name_shows_as_text():
    row = Comparison(
        1.0, "<=", 2.0, statement=HOSTILE, setting={HOSTILE: HOSTILE}, expected_violation=HOSTILE
    )
    other = Comparison(3.0, "<=", 2.0, statement="B4", setting={"k": HOSTILE + "\x1b[2J"})
    plain, bad = (
        Page(page_of(study_of([row, other], title=t, description=t, path=t))) for t in ("x", HOSTILE)
    )
    assert plain.tags == bad.tags
    assert bad.tags.count("script") == 1
    assert bad.words.count(HOSTILE) >= 2
    assert "\x1b" not in "".join(bad.words)


def test_a_study_of_any_label_is_drawn_into_one_image(result):
    axes = Axes(x="K", title=HOSTILE)
    experiments = [dataclasses.replace(one, axes=axes) for one in result.plan.experiments]
    plan = dataclasses.replace(result.plan, experiments=experiments)
    page = Page(
        page_of(dataclasses.replace(result, plan=plan), figures={"demo": b"\x89PNG" + HOSTILE.encode()})
    )
    assert page.tags.count("img") == 1
    assert page.tags.count("script") == 1


def test_an_unfinished_run_says_so_before_anything_else(result):
    text = page_of(result, tasks=(3, 7))
    assert text.index("Incomplete, 3 of 7 tasks have finished") < text.index("<h1>")
    assert "Incomplete" not in page_of(result)


def test_parts_are_those_of_the_theory():
    found = re.findall(r'^## <a id="(\w)"></a>\w\. (.*)$', THEORY.read_text(), re.MULTILINE)
    assert {letter: title.replace("$", "") for letter, title in found} == PARTS


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([], State.UNSEEN),
        ([(1.0, "<=", 1.01)], State.HOLDS),
        ([(1.0, "<=", 9.0)], State.WEAK),
        ([(1.0, "<=", 9.0), (1.0, "<=", 1.01)], State.HOLDS),
        ([(1.0, "<=", 1.01), (Estimate(1.0, 9.0, 9), "<=", 1.0)], State.UNDECIDED),
        ([(Estimate(1.0, 9.0, 9), "<=", 1.0), (2.0, "<=", 1.0)], State.VIOLATED),
        ([(1.0, "vs", 2.0)], State.MEASURED),
    ],
)
def test_the_state_of_a_statement(rows, state):
    study = study_of([Comparison(*row, statement="B4") for row in rows])
    (found,) = [one for one in standings(rows_of([study])[0]) if one.id == "B4"]
    assert found.state is state


def test_an_expected_violation_is_told_from_one_that_did_not_occur():
    for lhs, state in ((2.0, State.EXPECTED), (0.5, State.UNCONFIRMED)):
        row = Comparison(lhs, "<=", 1.0, statement="B5", expected_violation="unbounded")
        (found,) = [one for one in standings(rows_of([study_of([row])])[0]) if one.rows]
        assert found.state is state


def strip(rows):
    study = study_of([Comparison(*row, setting={"k": k}) for k, row in enumerate(rows)])
    return strip_of(Standing("B4", None, rows_of([study])[0]))


def test_marks_stand_at_their_share():
    found = strip([(0.5, "<=", 1.0), (4.0, ">=", 1.0), (1.0, "<=", 1.0)])
    (lane,) = found.lanes
    low, middle, high = (mark.x for mark in lane.marks)
    assert middle - low == pytest.approx((high - low) / 3, abs=0.02)
    assert high == found.goal
    assert lane.marks[0].text == "k=1\nmeasured 4, theory ≥ 1\nexact\nshare of the bound 0.25: weak"


def test_marks_that_would_cover_one_another_step_aside():
    (lane,) = strip([(0.5 + 1e-6 * k, "<=", 1.0) for k in range(4)]).lanes
    assert len({mark.y for mark in lane.marks}) == 4


def test_shares_of_several_decades_stand_on_a_logarithmic_axis():
    found = strip([(1e-3, "<=", 1.0), (1e-2, "<=", 1.0), (1e-1, "<=", 1.0)])
    low, middle, high = (mark.x for mark in found.lanes[0].marks)
    assert middle - low == pytest.approx(high - middle, abs=0.02)
    assert [text for _, text in found.ticks] == ["1", "0.1", "0.01", "0.001"]


def test_an_equality_stands_around_one_with_its_interval():
    found = strip([(Estimate(1.1, 0.05, 100), "==", 1.0), (0.95, "==", 1.0)])
    assert found.goal == 50
    exact, estimated = found.lanes[0].marks
    assert exact.low == exact.x == exact.high
    assert estimated.low < estimated.x < estimated.high
    assert strip([(1.0, "==", 1.0)]) is None
    assert strip([(1.0, "==", 0.0)]) is None


def test_a_strip_takes_any_numbers():
    inf = float("inf")
    odd = [
        (-1.0, "==", 2.0),
        (1.0, ">=", 3.0),
        (inf, "<=", 1.0),
        (1.0, "<=", inf),
        (inf, "==", 1.0),
        (1.0, "==", inf),
    ]
    assert [len(lane.marks) for lane in strip(odd).lanes] == [2]
    assert strip([(1e300, "<=", 1e-300)]) is None
    assert strip([(5e-324, "<=", 1.0), (1e308, "<=", 1.0)]).ticks[0][1] == "1e+308"


def test_a_card_names_the_tightest_and_the_loosest_case():
    bounds = [Comparison(lhs, "<=", 1.0, "B4", {"k": lhs}) for lhs in (0.5, 0.25, 0.75)]
    words = Page(page_of(study_of(bounds))).words
    assert words[words.index("Tightest") :][:4] == ["Tightest", "0.75 of the bound", " at k=0.75", "\n"]
    assert words[words.index("Loosest") :][1:3] == ["0.25 of the bound", " at k=0.25"]
    equalities = [Comparison(lhs, "==", 1.0, "A1", {"k": lhs}) for lhs in (0.9, 1.5)]
    words = Page(page_of(study_of(equalities))).words
    assert words[words.index("Tightest") :][1:3] == ["off by 0.1", " at k=0.9"]


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("Wz₁ and 2nt", "<i>Wz</i><sub>1</sub> and 2<i>nt</i>"),
        ("P₂^K ≤ e^{2B}", "<i>P</i><sub>2</sub><sup><i>K</i></sup> ≤ <i>e</i><sup>2<i>B</i></sup>"),
        ("√Suff_KL(T) + 1", '√<span class="root">Suff<sub>KL</sub>(<i>T</i>)</span> + 1'),
        ("(f')⁻¹ of a set", "(<i>f</i>′)<sup>−1</sup> of a set"),
        ("θ̂, C3-kl, Σ_i", "<i>θ̂</i>, C3-kl, Σ<sub><i>i</i></sub>"),
        ("`a_b` <i>", "<code>a_b</code> &lt;<i>i</i>&gt;"),
        ("X_{(t", "<i>X</i><sub>(<i>t</i></sub>"),
        ("_ ^ √", "<sub> </sub><sup> </sup>√"),
    ],
)
def test_formulas(text, markup):
    assert str(typeset(text)) == markup


def test_every_formula_of_the_registry_is_well_formed():
    for entry in statements.all():
        text = str(typeset(entry.function.__doc__ or ""))
        assert Page(text).words != []
        assert re.sub(r"[\s_^{}()`′']", "", "".join(Page(text).words)) != ""
