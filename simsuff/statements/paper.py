"""The inventory of the paper of Lin and Mei (2025): each item in its order, and which statements and studies carry it."""

from dataclasses import dataclass

from simsuff.numerics.validation import one_of

TITLE = "A Statistical Theory of Contrastive Learning via Approximate Sufficient Statistics"
SECTIONS = (
    "Approximate sufficiency",
    "From the loss to sufficiency",
    "Downstream tasks",
    "Linear regression",
    "Topic classification",
    "Experiments",
    "Open questions",
)


@dataclass(frozen=True)
class Item:
    """One definition, lemma, theorem, example or experiment of the paper, restated in the notation of docs/theory.md.

    `section` indexes `SECTIONS`; `studies` names files of `simulations/`; `finding` says what a check of the
    printed form showed where it is not simply true, `counterexample` where it fails, in fractions,
    `survives` what of it holds, and `unchecked` why nothing in the laboratory carries the item.
    """

    key: str
    section: int
    name: str
    claim: str
    studies: tuple[str, ...] = ()
    finding: str = ""
    counterexample: str = ""
    survives: str = ""
    unchecked: str = ""


ITEMS: tuple[Item, ...] = (
    Item(
        "three-forms",
        0,
        "the three forms of sufficiency and their equivalence",
        "information loss = variational gap (with the offset c(z₁) in R_f) = conditional Bregman divergence,"
        " the last as the least E_⊗ B_f(r, Q/P₂) over all laws Q(z₂ | T)",
    ),
    Item(
        "minimisers",
        0,
        "minimisers of the contrastive risk",
        "R_f is minimised exactly by f'(r) + c(z₁), and the inner infimum is attained where E_{z₂}(f')⁻¹(S − c) = 1",
        finding="all of it holds on finite laws with r > 0; where r = 0 and f'(0) is finite, lower scores minimise"
        " as well, and where f' is bounded and the largest score has no mass, the offset equation may have no solution",
        counterexample="P₁₂ = diag(1/2, 1/2), f = (t − 1)²/2 on t ≥ 0: off the diagonal the scores −1 and −5 both"
        " give R_f = −1/2. Reverse KL, P₂ uniform in the unit ball of R³, S = −6|z₂|²: E w ≤ 1/2 for every"
        " admissible offset",
        survives="f'(r) + c(z₁) always minimises; it is the only minimiser where r > 0; the infimum over the offset is"
        " attained in either case, and the excess formula for a score holds",
    ),
    Item(
        "score-sufficiency",
        0,
        "sufficiency of a score",
        "P_S(z₂ | z₁) = P₂·w with w = (f')⁻¹(S − c), E w = 1; then R_f(S) − inf R_f = E_⊗ B_f(r, w)",
        finding="holds wherever (f')⁻¹ exists, as the definition takes for granted; for every f and S it holds with"
        " the slope S − c in place of f'(w)",
        counterexample="independent uniform bits, f = (t − 1)²/2 on t ≥ 0, S(z₂) = ±3: S − c = −5 is no slope of f,"
        " the excess is 5/2 and E_⊗ B_f(r, w) = 1/2. Total variation, r = 3/2 and 1/2, S = ±1/4: the excess is 1/8,"
        " and 1/4 with the middle slope at the kink",
        survives="the equality for kl, reverse_kl, Hellinger, js and every f with f'(0) = −∞, and for χ² with"
        " the conjugate s + s²/2 on all of R, as the paper has it",
    ),
    Item(
        "total-variation",
        0,
        "sufficiency controls total variation",
        "E TV(P(·|z₁), P(·|T)) ≤ c₂ √Suff_f with c₂ = (2 inf f'')^(−1/2)",
        finding="with the infimum over the attained ratios only the claim fails;"
        " with the infimum over the interval that they span it holds",
        counterexample="P₁₂ = (3, 1; 1, 3)/8, so that r is 1/2 or 3/2, T constant, f = (t − 1)⁴ + (t − 1)²/10: E TV = 1/4"
        " and Suff = 7/80. f'' = 16/5 at both ratios makes the square of the bound 7/512 < 1/16; f'' = 1/5 at 1,"
        " between them, makes it 7/32",
        survives="the bound with the infimum over [min r, max r], which for KL, χ², Hellinger and every f with"
        " monotone f'' is the same number",
    ),
    Item(
        "total-variation-cases",
        0,
        "the constant for KL, χ² and Hellinger",
        "c₂ = 1/√2 for KL and (t − 1)²/2; c₂ = √2 B^(3/4) for 1 − √t where r ≤ B",
    ),
    Item(
        "chi2-conditional",
        0,
        "the χ² case of the conditional laws",
        "E χ²(P(·|z₁) ‖ P(·|T)) ≤ 2 sup(1/r_T) Suff for f = (t − 1)²/2",
    ),
    Item(
        "hellinger-conditional",
        0,
        "the Hellinger case of the conditional laws",
        "E H²(P(·|z₁), P(·|T)) ≤ sup √r_T · Suff for f = 1 − √t and H² = ½ Σ (√p − √q)²",
    ),
    Item(
        "chi2-score",
        0,
        "the χ² case of a score",
        "Suff(S) ≥ inf r · E χ²(P(·|z₁) ‖ P_S)",
        finding="a factor ½ is missing and the arguments are exchanged: Suff(S) ≥ ½ inf r · E χ²(P_S ‖ P(·|z₁)) holds",
        counterexample="independent uniform bits, P_S = (3/4, 1/4): Suff(S) = 1/8, χ²(P_S ‖ P) = 1/4 and"
        " χ²(P ‖ P_S) = 1/3 (with χ² = Σ (p − q)²/q; halves of them with f = (t − 1)²/2, and 1/6 > 1/8 still)",
        survives="the two equalities before it, and the bound with the laws in the other order, attained where r = 1",
    ),
    Item(
        "kl-limit",
        0,
        "the KL risk as the limit of the SimCLR risk",
        "lim_K (SimCLR risk − log K) = R_KL",
    ),
    Item(
        "near-minimisers",
        1,
        "near-minimisers of the SimCLR loss are near-sufficient",
        "r and e^S in [1/B_S, B_S] give Suff ≤ lim excess ≤ (1 + C/K) · excess at K, with C polynomial in B_S",
        studies=("finite_samples.py",),
        finding="true with C = 4B_S² − 2 for every K ≥ 2, from upper bounds of r and e^S/E e^S alone;"
        " at K = 2 one law needs about B_S²/log B_S, so that no C linear in B_S will do",
    ),
    Item(
        "erm",
        1,
        "the theorem on empirical minimisers, SimCLR loss",
        "Suff of the minimiser ≤ (1 + C/K)(C/√n [√log(1/δ) + B_τ² ∫ √log N(u) du] + approximation error): n, not n/K",
        studies=("finite_samples.py",),
        finding="true; the exact bounded difference is c_{K,B} ≤ 4B + e^(2B) − 1 at B = log B_S, where the proof has"
        " 2B + 2e^(2B) − 2 ≤ 3B_S²: up to 3 times as much at large B, and more near 0",
    ),
    Item(
        "chi2-loss",
        1,
        "the χ² contrastive loss",
        "a U-statistic over triples: ½ the unbiased variance of the other scores + their mean − the positive;"
        " unbiased for R_χ²",
    ),
    Item(
        "chi2-erm",
        1,
        "the theorem on empirical minimisers, χ² loss",
        "Suff_χ² of the minimiser ≤ c B̄²/√n [...] + approximation error, without a factor in K and without a floor of r",
        studies=("finite_samples.py",),
        finding="the bounded difference is 6B̄ + 2B̄² for small B̄ (6B̄ + 3B̄² at most for all), so that no absolute c"
        " has it below c B̄², and the theorem fails as B̄ → 0; it holds with 1 + B̄² in place of B̄², so for B̄ ≥ 1",
        counterexample="K = 3, B̄ = 1/100: the exact bounded difference is 6/100 + 2/10000 = 301/5000, 602 times B̄²",
        survives="the theorem with 1 + B̄² in place of B̄², hence as printed for B̄ ≥ 1",
    ),
    Item(
        "regression",
        2,
        "the regression theorem",
        "E(h(T(z)) − h⋆(x))² ≤ 2√2 B² √Suff_KL + 10 ε̃",
        studies=("downstream_bounds.py",),
    ),
    Item(
        "regression-step",
        2,
        "a step in the proof of the regression theorem",
        "E(h(z̃) − h(z₂))² − E(h(z₁) − h(z₂))² ≤ √2 B² √Suff_KL",
        finding="the constant of the step is 2√2, which is sharp; √2 fails for a sign that is seen without noise."
        " The theorem keeps its constants, which follow from R_T ≤ 4B² Suff + 2ε̃ and R_T ≤ B² + ε̃",
        studies=("downstream_bounds.py",),
        counterexample="a uniform sign that both views show without noise, h the sign, B = 1, T constant: the left side"
        " is 2 − 0 and Suff_KL = log 2, so that the printed bound is √(2 log 2) = 1.18",
        survives="the step with 2√2 B² √Suff_KL, and the theorem with the constants of its proof",
    ),
    Item(
        "un-augmented",
        2,
        "the regression theorem on un-augmented inputs",
        "z and x of one law: E(h(T(x)) − h⋆(x))² ≤ 4√2 B² √Suff_KL + 22 ε",
        studies=("downstream_bounds.py",),
    ),
    Item(
        "other-losses",
        2,
        "other losses",
        "the same for losses that are semimetrics, convex in their first argument: absolute, Huber",
        studies=("downstream_bounds.py",),
    ),
    Item(
        "classification",
        2,
        "the classification theorem",
        "min P(y|z) ≥ e^(−B) gives E KL(P(y|x) ‖ h(T)) ≤ √2 B √Suff_KL + 5 ε_cls,"
        " ε_cls the sum of both Rényi-2 divergences",
        studies=("downstream_bounds.py",),
    ),
    Item(
        "renyi-triangle",
        2,
        "the triangle-like inequality of Rényi divergences",
        "D_α(P‖Q) ≤ kα/(kα − 1) · D_{(kα−1)/(k−1)}(P‖T) + D_{kα}(T‖Q) for k, α > 1, and its limit α → 1",
    ),
    Item(
        "renyi-step",
        2,
        "the use of the triangle in the classification theorem",
        "D_{4/3}(P‖Q) ≤ D₂(P‖T) + D₂(T‖Q)",
        finding="the factor 2 of the first term is missing: without it the claim fails pointwise, and also averaged over"
        " the views, as the proof uses it; the ratio reaches 2 in the limit. The theorem keeps its constants",
        studies=("downstream_bounds.py",),
        counterexample="coins with P(1) = 1/2, T(1) = 1/16, Q(1) = 1/256: the left side is at least log 16, the right"
        " side is log(64/15) + log(32/17) = log 8.03",
        survives="the triangle with its factor 2, hence a step with 2 ε_cls on average over the views, and the theorem"
        " with the constants of its proof",
    ),
    Item(
        "any-f",
        2,
        "downstream theorems for any f",
        "with E TV ≤ c₂ √Suff_f the theorems hold with c₂² Suff_f in place of Suff_KL",
        studies=("downstream_bounds.py",),
    ),
    Item(
        "linear-general",
        3,
        "truncated least squares on a linear encoder",
        "excess ≤ c (B² c₂ √Suff + ε + (σ̄² + B²) p log m / m), against σ̄² d/(m − d − 1) for least squares on x",
        studies=("sphere_regression.py",),
        finding="for a well-specified class on the sphere the price is v̄ k/(m − k − 1): no logarithm of m and no B² (S7)",
    ),
    Item(
        "sphere",
        3,
        "the density ratio of the linear example",
        "r ∝ exp(κ⟨z₁, z₂⟩) on unit vectors, κ = p/(σ²(σ² + 2)), realised by f(z) = U₁ᵀz and τ(s) = κs",
        studies=("sphere_regression.py",),
        finding="exact for von Mises–Fisher pairs, and where the triple (x, z₁, z₂) is conditioned on the sphere at once;"
        " where each view is conditioned given x, another ratio: 1.98, not 1.75, at p = 2, σ = 1 and equal views (S6)."
        " The largest ratio grows like κ^((p−1)/2), not like e^(2κ) (S2)",
        counterexample="p = 1, σ = 2, each view conditioned given x ~ N(0, 1), equal views:"
        " r = 1 + E tanh²(x/4) ≥ 1 + 7/128, and the printed ratio is 1 + tanh(1/24) < 1 + 1/24",
        survives="the ratio, for the law of x that conditioning the triple gives; and all that follows from a bounded"
        " ratio that the class realises, exactly so for von Mises–Fisher pairs",
    ),
    Item(
        "sphere-corollary",
        3,
        "the corollary on the linear example",
        "Suff of the minimiser ≤ (1 + C/K) √((dp log B_W + log 1/δ)/n)",
        studies=("sphere_regression.py",),
    ),
    Item(
        "sphere-end-to-end",
        3,
        "the end-to-end theorem of the linear example",
        "the downstream excess falls like n^(−1/4) in the pairs, and like p log m / m in the labels",
        studies=("sphere_regression.py",),
        finding="what the encoder costs is linear in Suff, not of the order of its root (S8)",
    ),
    Item(
        "topic-ratio",
        4,
        "the density ratio of the topic example",
        "two words iid given the topic, each view keeps one: r = ½ Σ_y P(y|z₁)P(y|z₂)/P(y) + (S/2)·1{z₁ = z₂}",
        finding="for words that are not equally likely the second term is ½·1{z₁ = z₂}/P(z₁)",
    ),
    Item(
        "topic-encoder",
        4,
        "the encoder class of the topic example",
        "f(z) = (Wz, w·z) realises r exactly at W = E⋆/√2 and w = √(S/2)",
        finding="the offset of the loss is needed: without it the class misses the minimiser r − 1"
        " by (S − M − 1)/(8(S − M)) nats at least",
    ),
    Item(
        "topic-erm",
        4,
        "the theorem on the topic encoder",
        "χ² minimiser: Suff_χ² ≤ excess ≤ c S² M⁴/√n [√log(1/δ) + √S M^1.5]",
        studies=("word_dropout.py",),
        finding="the encoder is injective where w ≠ 0, so that its sufficiency is 0: the excess is what informs",
    ),
    Item(
        "topic-head",
        4,
        "the theorem on the classification head",
        "softmax(log trun(Γ_w f̂ + Γ_b)): risk ≤ c(ε_cls + S e^B/σ_E² · excess + B/√m [...]), with an explicit Γ",
        studies=("word_dropout.py",),
        finding="for the explicit Γ, ε_KL + (16/3) S e^B/(M σ_E²) · excess suffices, whatever the excess is;"
        " its bias Γ_b is the prior",
    ),
    Item(
        "topic-lemma",
        4,
        "the lemma on posteriors that are linear in the encoder",
        "E Σ_y (P(y|z) − h_y)² ≤ c S/σ_E² · excess",
        studies=("word_dropout.py",),
        finding="c = 32/3 suffices, whatever the excess is. One Taylor step equates the excess with E(centred S − S⋆)²,"
        " which is twice the excess; a bound of the slope of softmax ∘ log lacks a factor √M, which a loose step makes up"
        " for",
        counterexample="independent uniform bits, S(z₂) = ±1/2: the excess is 1/8 and the mean square of the centred"
        " S − S⋆ is 1/4. u = (96, 1, 1, 1, 1)/100: the slope of u ↦ u/Σu has norm √(461/100), and 1/Σu + 1 = 2",
        survives="the lemma itself, with an explicit constant and without a condition on the excess",
    ),
    Item(
        "figure",
        5,
        "the figure: regression from contrastive encoders",
        "both losses alike and far below direct regression at few labels; a positive limit at many",
        studies=("paper_figure.py",),
        finding="reproduced where the views of a sample are drawn anew at each step; with 500 pairs drawn once the"
        " networks learn the noise of the pairs, and are far below direct regression at 150 labels but not at 500",
    ),
    Item(
        "clip",
        5,
        "the CLIP experiment",
        "χ² with e^(s/t) is comparable with InfoNCE with s/t in zero-shot accuracy: 9.4 ± .1 % and 7.5 ± .3 % among the"
        " first five of 1,000 classes, without a claim that it is better",
        studies=("paper_clip.py",),
        finding="comparable at the scale of a laboratory as well, with InfoNCE slightly ahead; χ² needs a smaller"
        " learning rate, as its scores are exponentials",
    ),
    Item(
        "open",
        6,
        "what the paper leaves open",
        "minimality of a representation; other self-supervised paradigms; training dynamics;"
        " divergences beyond KL and χ²",
        unchecked="these are questions and not claims. Divergences beyond KL and χ² are in every statement that takes a"
        " divergence, and H1 of the theory asks which self-supervised objective is sufficient",
    ),
)

_KEYS = {item.key: item for item in ITEMS}


def item(key: str) -> Item:
    """The item of the inventory called `key`.

    Raises
    ------
    ValueError : for an unknown key, with the known ones.
    """
    return _KEYS[one_of("paper", key, _KEYS, "see simsuff.statements.paper.ITEMS")]
