"""Is mathematics in plain text found, and nothing else taken for it?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simsuff.reporting.typeset import is_settable, lettered, named, rewrite


def typeset(text):
    return rewrite(text, str, lambda tex: f"${tex}$")


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("𝓔_∞ of log ⟨u, v⟩", r"$\mathcal{E}_{\infty }$ of log ⟨$u$, $v$⟩"),
        ("log[H(y|z^N)/H(y|z^{2N})]/N", "log[$H$($y$|$z^{N}$)/$H$($y$|$z^{2N}$)]/$N$"),
        ("z^2N, θ̂_n, h⋆(x)", r"$z^{2N}$, $\hat{θ}_{n}$, $h^{\star}$($x$)"),
        ("3 B_S² ≥ 1 − η_{K,M}", "3 $B_{S}^{2}$ ≥ 1 − $η_{K,M}$"),
        ("Suff_{χ²}(T), 10^{-3}, ℓ²", r"$\mathrm{Suff}_{χ^{2}}$($T$), $10^{-3}$, $\ell ^{2}$"),
        ("U-statistic of 6B and a²", "$U$-statistic of 6$B$ and $a^{2}$"),
        (
            "E5-i: a Rényi-2 bound, e.g. log_link, x_train, a_b_c",
            "E5-i: a Rényi-2 bound, e.g. log_link, x_train, a_b_c",
        ),
    ],
)
def test_mathematics_and_names(text, tex):
    assert typeset(text) == tex
    assert lettered(text) == tex


@given(st.text(max_size=20))
def test_every_label_can_be_set(text):
    assert is_settable(lettered(text))


@given(st.text(alphabet="aKx_^{}²₁θ̂𝓔⋆∞$\\", max_size=12))
def test_mathematical_labels_can_be_set(text):
    assert is_settable(lettered(text))


def test_names_of_the_code_are_words():
    assert [named(name) for name in ("chi2", "total_variation", "most likely output")] == [
        "χ²",
        "total variation",
        "most likely output",
    ]
