"""Does the checker reject every certificate that is not a proof of its claim?"""

import copy
import json

import pytest

from simsuff.certificates import as_dictionary, check, load, save

PAIR = "total_variation <= sqrt(1 - exp(-kl))"
EDGES = "kl <= log(1 + chi2)"
POINT = "squared_hellinger <= kl"
TIGHT = "le_cam/2 <= js"
CORNER = "2*total_variation**2 <= kl"


@pytest.fixture
def certificate(answer):
    """A fresh copy of the certificate of a claim."""
    return lambda text: copy.deepcopy(json.loads(json.dumps(as_dictionary(answer(text)))))


def nodes(tree):
    yield tree
    for child in tree.get("parts", tree.get("blow_up", [])):
        yield from nodes(child)


def all_nodes(content):
    return [node for tree in content["trees"].values() for node in nodes(tree)]


def leaves(content, rule):
    return [node for node in all_nodes(content) if "leaf" in node and node["leaf"][1] == rule]


def rejected(content, why="certificate|claim"):
    with pytest.raises(ValueError, match=why):
        check(content)


@pytest.mark.parametrize("text", [PAIR, POINT])
def test_a_missing_chart_is_rejected(certificate, text):
    content = certificate(text)
    content["trees"].popitem()
    rejected(content, "cover exactly the patches")


def test_a_surplus_chart_is_rejected(certificate):
    content = certificate(TIGHT)
    content["trees"]["edge-"] = {"leaf": ["plain0", "value"]}
    rejected(content, "cover exactly the patches")


def test_a_leaf_stretched_over_its_sibling_is_rejected(certificate):
    content = certificate(EDGES)
    split = next(node for node in all_nodes(content) if "parts" in node)
    leaf = next(node["leaf"] for node in nodes(split) if "leaf" in node)
    split.clear()
    split["leaf"] = leaf
    rejected(content)


def test_a_split_with_one_part_is_rejected(certificate):
    content = certificate(EDGES)
    split = next(node for node in all_nodes(content) if "parts" in node)
    split["parts"] = split["parts"][:1]
    rejected(content, "two parts")


@pytest.mark.parametrize("axis", [2, -1, "0", None])
def test_a_split_along_no_axis_is_rejected(certificate, axis):
    content = certificate(EDGES)
    next(node for node in all_nodes(content) if "parts" in node)["split"] = axis
    rejected(content, "axis")


@pytest.mark.parametrize(
    ("text", "false"),
    [
        (PAIR, "total_variation <= sqrt(1 - exp(-0.8*kl))"),
        (EDGES, "kl <= 0.99*log(1 + chi2)"),
        (POINT, "1.01*squared_hellinger <= kl"),
        (TIGHT, "0.505*le_cam <= js"),
        (TIGHT, "le_cam <= js"),
    ],
)
def test_the_proof_of_a_weaker_claim_is_rejected(certificate, text, false):
    content = certificate(text)
    content["claim"] = false
    rejected(content)


def test_another_generator_is_rejected(certificate):
    content = certificate(POINT)
    content["generators"]["kl"] = "2*(t*log(t) - t + 1)"
    rejected(content, "what they say")


@pytest.mark.parametrize("change", ["({}) + 1", "({})**2", "2*({})", "-({})", "0", "1", "__import__('os')"])
def test_another_expression_is_rejected(certificate, change):
    content = certificate(EDGES)
    for expressions in content["expressions"].values():
        expressions.update({name: change.format(text) for name, text in expressions.items()})
    rejected(content)


def test_a_forged_derivative_is_rejected(certificate):
    content = certificate(EDGES)
    for expressions in content["expressions"].values():
        expressions.update({name: "1" for name in expressions if name.count(" ")})
    rejected(content, "what they say")


@pytest.mark.parametrize(("text", "rule"), [(EDGES, "edge"), (CORNER, "corner")])
def test_value_in_the_place_of_a_finer_rule_is_rejected(certificate, text, rule):
    content = certificate(text)
    found = leaves(content, rule)
    assert found
    for node in found:
        node["leaf"] = [node["leaf"][0], "value"]
    rejected(content, "prove every box")


@pytest.mark.parametrize(
    "leaf",
    [
        ["plain0", "edge", 0, 0, 1],
        ["plain0", "edge", 1, 1, 1],
        ["plain0", "edge", 7, 0, 1],
        ["plain0", "edge", 1, 0, 9],
        ["plain0", "edge", 1, 0],
        ["lagrange0", "slope", 1, 0, 1],
        ["lagrange0", "corner", 1, 1],
        ["lagrange0", "corner", 0, 0],
        ["plain0", "corner", 0, 0],
        ["plain0", "trust me"],
        ["plain9", "value"],
        ["plain0"],
        "plain0",
        [1, 2],
    ],
)
def test_rules_out_of_place_are_rejected(certificate, leaf):
    content = certificate(EDGES)
    for node in leaves(content, "edge"):
        node["leaf"] = leaf
    rejected(content)


def test_pairs_cannot_be_replaced_by_points(certificate):
    content = certificate(TIGHT)
    content["claim"] = "le_cam**2/2 <= js"
    rejected(content, "linear")


@pytest.mark.parametrize("node", [{}, [], None, {"leaf": ["plain0", "value"], "split": 0}, {"anything": 1}])
def test_malformed_trees_are_rejected(certificate, node):
    content = certificate(TIGHT)
    content["trees"]["centre+"] = node
    rejected(content)


@pytest.mark.parametrize("key", ["claim", "route", "generators", "trees", "expressions"])
def test_missing_parts_are_rejected(certificate, key):
    content = certificate(TIGHT)
    del content[key]
    rejected(content, key)


def test_files_round_trip(answer, tmp_path):
    path = tmp_path / "proof.json"
    save(answer(TIGHT), path)
    assert check(path) == check(load(path))
    assert [file.name for file in tmp_path.iterdir()] == ["proof.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '"kl"', "{}"])
def test_broken_files_are_refused(tmp_path, text):
    path = tmp_path / "proof.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="certificate"):
        check(path)


def test_only_a_proof_is_saved(tmp_path):
    with pytest.raises(ValueError, match="Certified"):
        save("kl <= chi2", tmp_path / "proof.json")
    assert not list(tmp_path.iterdir())


def test_nodes_that_are_shared_do_not_multiply(certificate):
    content = certificate(TIGHT)
    node = {"leaf": ["plain0", "value"]}
    for _ in range(40):
        node = {"split": 0, "parts": [node, node]}
    content["trees"] = dict.fromkeys(content["trees"], node)
    rejected(content, "at most 500,000 leaves")


def test_a_check_has_a_budget(certificate):
    content = certificate(EDGES)
    hard = "*".join(f"log(u + {i})" for i in range(1, 64)) + "*(u + v)**60"
    for expressions in content["expressions"].values():
        expressions["plain0"] = hard
    try:
        check(content, max_seconds=2.0)
    except ValueError as error:
        assert "certificate" in str(error)  # noqa: PT017
    else:
        pytest.fail("a forged certificate was accepted")
    with pytest.raises(ValueError, match=r"be checked within 1e-06 s.*kl <= log\(1 \+ chi2\)"):
        check(certificate(EDGES), max_seconds=1e-6)
