"""Does the study of real text compare what it says it compares, and refuse what it cannot use?"""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import log_loss

from simsuff.verdicts import Estimate

ROOT = Path(__file__).parents[2]
FILE = ROOT / "simulations" / "real_text.py"


@pytest.fixture(scope="module")
def study():
    """The names of the study file."""
    return runpy.run_path(str(FILE))


@pytest.fixture
def folder(tmp_path):
    """Two classes of 12 documents; each class has words of its own, and all share some."""
    rng, corpus = np.random.default_rng(0), tmp_path / "corpus"
    for name, own in (("birds", ["wing", "nest", "song", "egg"]), ("fish", ["fin", "gill", "reef", "scale"])):
        (corpus / name).mkdir(parents=True)
        for k in range(12):
            text = " ".join(rng.choice([*own, "water", "air"], size=30))
            (corpus / name / f"{k}.txt").write_text(text)
    return corpus


def saved(study, folder, labelled, steps, rng):
    """The rows of one replicate on a folder of UTF-8 files."""
    return study["labels_saved"](str(folder), "utf-8", False, labelled, steps=steps, passes=1, rng=rng)


def test_a_folder_is_classified_by_every_representation(study, folder):
    rows = saved(study, folder, [4, 8, 1000], steps=5, rng=np.random.default_rng(0))
    assert [row.setting["labelled"] for row in rows[::10]] == [4, 8]
    assert len({row.setting["representation"] for row in rows}) == 5
    assert {(str(row.relation), row.statement) for row in rows} == {
        ("vs", "test error"),
        ("vs", "test log-loss"),
    }
    tf_idf = [
        row.lhs.value
        for row in rows
        if row.setting["representation"] == "TF-IDF" and row.statement == "test error"
    ]
    assert tf_idf == [0.0, 0.0]  # four words tell two classes apart
    first, *others = [row for row in rows if row.statement == "test error"][:5]
    assert first.setting["representation"] == "contrastive chi2"
    assert first.rhs == 0.5  # a constant is right for one of two equal classes
    assert {row.rhs for row in others} == {first.lhs}
    # Rates of drawn documents are estimates, also where none is wrong.
    assert all(isinstance(row.lhs, Estimate) for row in rows)
    assert all(row.lhs.stderr > 0 for row in rows if row.statement == "test error")


def test_the_same_generator_gives_the_same_rows(study, folder):
    first, second = (saved(study, folder, [8], steps=3, rng=np.random.default_rng(1)) for _ in range(2))
    assert [(a.lhs, a.rhs) for a in first] == [(b.lhs, b.rhs) for b in second]


def test_the_folder_is_an_option_and_stands_in_the_table(folder, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", str(FILE), "--scale", "smoke", "--out", str(tmp_path / "run")]
    command += ["--set", f"corpus={folder}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "0 holds, 0 violated, 0 undecided, 10 measured" in done.stdout
    table = (tmp_path / "run" / "tables" / "real_text.csv").read_text()
    assert str(folder) in table
    assert (tmp_path / "run" / "figures" / "real_text.png").exists()


def test_training_and_test_documents_are_disjoint_thirds(study, folder):
    corpus = study["documents"](str(folder))
    split = study["divided"](corpus, np.random.default_rng(2))
    assert (split.pool.shape[0], split.test.shape[0]) == (16, 8)
    assert np.bincount(split.test_labels).tolist() == [4, 4]
    rows = {tuple(row) for row in split.pool.toarray().tolist()}
    assert not rows & {tuple(row) for row in split.test.toarray().tolist()}


def test_each_class_is_labelled_first(study):
    labels = np.array([0] * 50 + [1] * 3 + [2])
    for seed in range(20):
        order = study["labelling_order"](labels, np.random.default_rng(seed))
        assert sorted(order) == list(range(54))
        assert set(labels[order[:3]]) == {0, 1, 2}


def test_budgets_fit_the_corpus(study):
    labels = np.array([0, 1, 2] * 20)
    assert study["budgets"]([2, 3, 60, 61], labels) == [3, 60]
    assert study["budgets"]([1000], labels) == [60]


@pytest.mark.parametrize("classes", [2, 4])
def test_losses_are_those_of_scikit_learn(study, classes):
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(3)
    labels = np.arange(60) % classes
    inputs = rng.normal(size=(60, 3)) + labels[:, None]
    inputs *= np.sqrt(60 / np.sum(inputs**2))
    split = study["Split"](None, labels, None, labels)
    found = study["judged"](sparse.csr_array(inputs), sparse.csr_array(inputs), split, np.arange(60))
    model = LogisticRegression(C=study["INVERSE_PENALTY"], max_iter=10_000).fit(inputs, labels)
    # Dense and sparse inputs take different paths to the same minimum, known to the solver's tolerance.
    tolerance = model.tol
    loss, error = found["test log-loss"].value, found["test error"].value
    assert abs(loss - log_loss(labels, model.predict_proba(inputs))) < tolerance
    assert abs(error - np.mean(model.predict(inputs) != labels)) <= 1 / 60


def test_a_constant_predicts_the_frequencies(study):
    split = study["Split"](None, np.array([0, 0, 0, 1]), None, np.array([0, 1]))
    found = study["constant"](split)
    assert found["test error"] == 0.5
    assert found["test log-loss"] == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2, rel=1e-15)


def test_small_classes_are_named(study, folder):
    for file in sorted((folder / "fish").iterdir())[2:]:
        file.unlink()
    with pytest.raises(ValueError, match=r"3 documents or more: \['fish'\] have fewer"):
        study["documents"](str(folder))


def test_without_scikit_learn_the_way_out_is_named(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.decomposition", None)
    with pytest.raises(ImportError, match=r"pip install 'simsuff\[text\]'"):
        study["learning"]("decomposition")


def test_sparse_rows_are_fitted_in_their_span(study):
    rng = np.random.default_rng(5)
    rows, others = (sparse.csr_array(rng.random((n, 40)) * (rng.random((n, 40)) < 0.2)) for n in (6, 9))
    fitted, judging = study["in_their_span"](rows, others)
    assert fitted.shape == (6, 6)
    assert np.allclose(fitted @ fitted.T, (rows @ rows.T).toarray(), rtol=1e-13, atol=1e-13)
    assert np.allclose(judging @ fitted.T, (others @ rows.T).toarray(), rtol=1e-13, atol=1e-13)
