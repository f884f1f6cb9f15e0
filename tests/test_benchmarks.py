"""Do the benchmarks measure what they say: equal numbers, honest tables, and nothing compiled under the clock?"""

import gc
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import evaluations
import mutants
import numba
import numba.core.dispatcher
import numba.core.registry
import numpy as np
import pytest
import suite.exact
import suite.losses
import suite.training
from growth.fit import fitted_exponent
from growth.sweeps import sweeps
from mutation.changes import Mutant, lines_of, unseen
from side_by_side import contenders, exponentials, formulas, inputs, machine, numpy_losses, peaks, timing
from side_by_side.agreement import disagreement, reference
from side_by_side.memory import growth_of
from side_by_side.problem import OURS, Call, as_arrays
from side_by_side.row import MISSING, Row, Target, measure
from side_by_side.table import Comparison, markdown, record
from side_by_side.timing import Plan, interleaved
from side_by_side.workloads import NEWTON_STEPS, all_rows

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"

QUICK = Plan(seconds=0.0, repetitions=1)


def loss(kind, **options):
    return inputs.loss_problem(kind, 24, 5, **options)


PROBLEMS = [
    *(loss(kind) for kind in formulas.LOSSES if kind != "f_contrastive"),
    loss("infonce", dtype="float32"),
    loss("infonce", robust=True),
    *(loss("f_contrastive", divergence=name, newton=steps) for name, steps in NEWTON_STEPS.items()),
    inputs.training_problem(8, steps=inputs.CHECKED_STEPS),
    *(inputs.normals_problem(3_200, kind=kind) for kind in ("normals", "gaussian_pairs")),
    *(
        inputs.documents_problem(200, 300, 4, 20, kind=kind)
        for kind in ("documents", "documents_multinomial")
    ),
    inputs.topic_step_problem(16, V=60, M=4, words=15),
]


def pieces():
    """Our side and every variant of NumPy's, on each problem."""
    for problem in PROBLEMS:
        for contender in (OURS, "numpy"):
            for name, builder in contenders.builders_of(contender)[problem.kind].items():
                yield pytest.param(problem, builder, id=f"{problem.kind}-{contender}-{name}")


@pytest.fixture
def alone(monkeypatch):
    """No peer but NumPy is installed, and nobody pauses."""
    contenders.builders_of.cache_clear()
    monkeypatch.setattr(contenders, "installed", lambda _: False)
    monkeypatch.setattr(timing, "PAUSE", 0.0)
    yield
    contenders.builders_of.cache_clear()


@pytest.mark.parametrize(("problem", "builder"), list(pieces()))
def test_everybody_computes_the_same(problem, builder):
    call = builder(problem)
    assert disagreement(problem, call.result(), reference(problem)) is None
    call.run()


def test_every_kind_of_row_is_tried_here():
    kinds = {row.problem().kind for row in all_rows()}
    assert kinds == {problem.kind for problem in PROBLEMS}


def test_names_of_rows_are_unique():
    names = [row.name for row in all_rows()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", [kind for kind, (value, _, _) in formulas.LOSSES.items() if value])
def test_the_formula_for_autograd_is_the_one_by_hand(kind):
    value, _, names = formulas.LOSSES[kind]
    problem = next(problem for problem in PROBLEMS if problem.kind == kind)
    options = [problem.options[name] for name in names]
    found = value(numpy_losses.NAMESPACE, problem.arrays["u"], problem.arrays["v"], *options)
    assert abs(found - reference(problem)[0]) <= problem.tolerance * abs(found)


def test_a_wrong_number_is_found():
    problem = loss("infonce")
    value, du, dv = reference(problem)
    for wrong in (
        (value * (1 + 3 * problem.tolerance), du, dv),
        (value, du * np.nan, dv),
        (value, du.T, dv),
        (value, du + 3 * problem.tolerance * np.abs(du).max(), dv),
    ):
        assert disagreement(problem, as_arrays(wrong), (value, du, dv)) is not None


@pytest.mark.usefixtures("alone")
def test_missing_peers_are_reported():
    row = Row(
        "tiny", lambda: loss("infonce"), (Target(1e-9), Target(1e-9, ("numpy",)), Target(1e9, ("numpy",)))
    )
    outcome = measure(row, QUICK)
    assert outcome.excused == dict.fromkeys(("jax", "torch.compile", "torch eager"), MISSING)
    assert [outcome.verdict(target) for target in row.targets] == [None, True, False]
    shown = markdown(Comparison([outcome]))
    assert shown.count("missing |") == 3
    assert "| not judged; yes; **no** |" in shown
    assert contenders.missing_peers() == ["jax", "torch.compile", "torch eager"]


@pytest.mark.usefixtures("alone")
def test_a_peer_that_fails_or_disagrees_does_not_count(monkeypatch):
    def wrong(problem):
        return Call(lambda: (1.0, problem.arrays["u"], problem.arrays["v"]), as_arrays)

    def broken(_):
        raise RuntimeError

    kinds = {"jax": {"infonce": {"wrong": wrong}}, "torch eager": {"infonce": {"broken": broken}}}
    honest = contenders.builders_of
    monkeypatch.setattr("side_by_side.row.builders_of", lambda name: kinds.get(name) or honest(name))
    outcome = measure(Row("tiny", lambda: loss("infonce"), (Target(1.0),)), QUICK)
    assert outcome.excused["jax"].startswith("disagrees: relative error")
    assert outcome.excused["torch eager"] == "failed: RuntimeError"
    assert set(outcome.timings) == {OURS, "numpy"}
    assert outcome.verdict(Target(0.0)) is None
    assert "disagrees" in markdown(Comparison([outcome]))
    assert record(Comparison([outcome]))["rows"][0]["targets"][0]["met"] is None


def test_turns_alternate(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE", 0.0)
    monkeypatch.setattr(timing, "MOST_CALLS", 1)
    seen = []
    timings = interleaved(
        {name: lambda name=name: seen.append(name) for name in "abc"}, Plan(0, repetitions=3)
    )
    assert "".join(seen[3 * timing.WARM :]) == "abcbcacab"
    assert [timings[name].calls for name in "abc"] == [3, 3, 3]


def test_the_plan_pays_for_the_turns():
    assert timing.number_of_turns(0.5, Plan(seconds=4, fewest=2, most=20)) == 8
    assert timing.number_of_turns(10, Plan(seconds=4, fewest=2, most=20)) == 2
    assert timing.number_of_turns(1e-9, Plan(seconds=4, fewest=2, most=20)) == 20
    assert timing.number_of_turns(10, Plan(repetitions=7)) == 7


def test_exponents():
    x = np.array([1.0, 2, 4, 8, 16])
    exact = fitted_exponent(x, 3 * x**1.5)
    assert np.allclose(exact, (1.5, 0, 1.5))
    # Residuals ±e around the line in log2: the textbook standard error.
    noisy = fitted_exponent(x, 2.0 ** np.array([0.1, -0.1, 0, 0.1, -0.1]))
    log_x = np.arange(5) - 2
    y = np.array([0.1, -0.1, 0, 0.1, -0.1])
    slope = log_x @ y / 10
    rest = y - slope * log_x
    assert np.isclose(noisy.slope, slope)
    assert np.isclose(noisy.stderr, np.sqrt(rest @ rest / 3 / 10))
    assert fitted_exponent(x[:2], x[:2]) is None
    assert fitted_exponent(x, 0 * x) is None


def test_every_sweep_builds_at_its_smallest():
    for sweep in sweeps():
        if not sweep.name.startswith("documents"):
            assert callable(sweep.build(sweep.values[0]))
    names = [(sweep.name, sweep.axis) for sweep in sweeps()]
    assert len(set(names)) == len(names)


def test_memory_of_a_loss_is_measured():
    grown, table = growth_of(inputs.loss_problem("log_closed", 512, 16))
    assert table == 512 * 512 * 8
    assert grown >= 0


def test_the_limit_counts_flops_and_exponentials():
    assert peaks.Peaks(flops=6e9, exponentials=1e9, exponential="any").seconds(1000, 10) == 0.01 + 0.001


def test_the_better_peak_counts():
    first, second = peaks.Peaks(2.0, 3.0, "a"), peaks.Peaks(1.0, 4.0, "b")
    assert peaks.higher(first, second) == peaks.higher(second, first) == (2.0, 4.0, "b")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_loops_of_the_peaks_compute_what_they_say(dtype):
    x = exponentials.exponents(dtype)
    expected, found = np.exp2(x.astype(float)), np.exp2(x)
    after_three = ((0.5 * 0.5 + 0.5) * 0.5 + 0.5) * 0.5 + 0.5
    total = peaks.SUMS * after_three
    if not numba.config.DISABLE_JIT:
        exponentials.loop_over_lanes()(x, found, 1)
        total = peaks.chain(np.dtype(dtype).type(0.5), 3)
    # The vector code promises two units in the last place.
    assert (np.abs(found - expected) <= 2 * np.finfo(dtype).eps * expected).all()
    assert total == peaks.SUMS * after_three


def peers_table(*arguments):
    """The comparison in a process of its own: it ties the process to processors and to an allocator."""
    command = [sys.executable, str(BENCHMARKS / "peers.py"), *arguments]
    environment = os.environ | {"PYTHONPATH": str(BENCHMARKS.parent)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_command_prints_what_it_writes(tmp_path):
    out = tmp_path / "new" / "peers.json"
    done = peers_table(
        "--rows", "normals", "--repetitions", "1", "--threads", "1", "--json", "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert done.stdout == out.read_text()
    assert found["facts"]["command"].endswith("--rows normals --repetitions 1 --threads 1 --json`")
    (row,) = found["rows"]
    assert set(row["seconds"]) == {OURS, "numpy"}
    assert row["excused"]["jax"] in ("missing", "—")


def test_an_unknown_row_is_unusable():
    done = peers_table("--rows", "no such row")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no row matches" in done.stderr


def test_the_command_is_shown_without_its_output():
    assert machine.without_out(["--rows", "K=256", "--out", "x.md", "--json"]) == [
        "--rows",
        "K=256",
        "--json",
    ]


def asv_classes():
    """Every class of the suite that runs in this process."""
    modules = suite.losses, suite.training, suite.exact
    found = [cls for module in modules for _, cls in inspect.getmembers(module, inspect.isclass)]
    return [cls for cls in found if cls.__module__.startswith("suite.")]


def forget_kernels():
    """Let every kernel of the library be loaded or compiled anew at its next call from the interpreter."""
    gc.unfreeze()  # so that what stood there when the tests began is among the objects
    things = gc.get_objects()
    gc.freeze()
    for thing in things:
        if type(thing) is numba.core.registry.CPUDispatcher and thing.py_func.__module__.startswith(
            "simsuff"
        ):
            thing._reset_overloads()


@pytest.mark.parametrize("cls", asv_classes(), ids=lambda cls: cls.__name__)
def test_asv_compiles_in_setup(cls, monkeypatch):
    forget_kernels()
    case, values = cls(), getattr(cls, "params", ())
    first = [choices[0] for choices in values]
    case.setup(*first)
    compiled = []
    monkeypatch.setattr(
        numba.core.dispatcher.Dispatcher, "compile", lambda self, sig: compiled.append((self, sig))
    )
    timed = [name for name in dir(cls) if name.startswith(("time_", "peakmem_"))]
    assert timed
    for name in timed:
        getattr(case, name)(*first)
    assert compiled == []


def test_evaluations_are_counted_for_each_size(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["evaluations.py", "--turns", "1", "--statements", "A3-range", "C2-kl"])
    evaluations.main()
    rows = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines()[2:]]
    assert [(id.strip(), n.strip()) for id, n, *_ in rows] == [("A3-range", str(n)) for n in (2, 3, 4)]
    assert all(int(cell) > 0 for row in rows for cell in row[2:])


def test_a_score_has_the_interval_of_wilson():
    """Against the end points as roots of (p̂ − p)² = z² p(1 − p)/n."""
    for noticed, tried in [(0, 5), (9, 10), (181, 200), (200, 200)]:
        share, z = noticed / tried, 1.96
        coefficients = 1 + z**2 / tried, -(2 * share + z**2 / tried), share**2
        assert mutants.wilson(noticed, tried) == pytest.approx(sorted(np.roots(coefficients)), abs=1e-7)


MODULE = """
Number = float | int
Δ = 1 + 2
def larger(x: float | int, y: int | None = 1 - 1) -> bool | None:
    return x | y
@overload
def of(x): return x + 1
if TYPE_CHECKING:
    LIMIT = 3 * 4
"""


def test_what_can_change_no_result_is_not_mutated():
    lines = MODULE.splitlines()
    shown = [
        "".join(lines[first[0] - 1 : last[0]])[first[1] :][
            : last[1] - first[1] if first[0] == last[0] else None
        ]
        for first, last in unseen(MODULE)
    ]
    assert sorted(shown) == sorted(
        [
            "Number = float | int",
            "float | int",
            "int | None",
            "bool | None",
            "def of(x): return x + 1",
            "if TYPE_CHECKING:    LIMIT = 3 * 4",
        ]
    )


RULES = "simsuff/verdicts/rules.py"
TRIALS = """
import json, os, sys
from mutation.changes import ROOT
from mutation.trials import outcome

os.chdir(ROOT)
text = (ROOT / sys.argv[1]).read_text()
old, tests = "return -gap", ["tests/verdicts/test_comparison.py::test_slack_is_signed[<=-1]"]
assert old in text
texts = text, text.replace(old, "return -1 * gap"), text.replace(old, "return +gap"), "while True: pass"
print(json.dumps([outcome(sys.argv[1], text, tests, cpu) for text, cpu in zip(texts, [20, 20, 20, 1])]))
"""


def test_a_planted_mutant_is_noticed_and_an_equivalent_one_survives():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(BENCHMARKS.parent), str(BENCHMARKS)])}
    command = [sys.executable, "-c", TRIALS, RULES]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == [
        ["survived", ""],
        ["survived", ""],
        ["failed", "tests/verdicts/test_comparison.py::test_slack_is_signed[<=-1]"],
        ["too long", ""],
    ]


def test_the_lines_of_a_mutant_are_those_of_its_statement():
    text = (BENCHMARKS.parent / RULES).read_text(encoding="utf-8").splitlines()
    line = next(number for number, shown in enumerate(text, 1) if "relation in (Relation" in shown)
    assert [*lines_of(Mutant(RULES, "", 0, (line, 7), (line, 8)))] == [line]
    assert [*lines_of(Mutant(RULES, "", 0, (line + 1, 15), (line + 1, 16)))] == [line + 1]
