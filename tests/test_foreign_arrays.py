"""Are pandas objects and tensors taken wherever arrays are, with the same results, and arrays given back?"""

import numpy as np
import pytest

import simsuff as ss
from simsuff.divergences.renyi import renyi_divergence
from simsuff.downstream import GaussianRegression
from simsuff.numerics.validation import plain_array, real_array

pandas = pytest.importorskip("pandas", reason="pandas is not installed")


class Tensor:
    """A tensor as torch has it, as far as reading goes: NumPy itself cannot read one that requires a gradient."""

    def __init__(self, values):
        self._values = np.asarray(values)
        self.dtype, self.shape, self.ndim = (
            f"torch.{self._values.dtype}",
            self._values.shape,
            self._values.ndim,
        )

    def detach(self):
        raise NotImplementedError("done by numpy(force=True)")

    def numpy(self, *, force=False):
        if not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self._values

    def __array__(self, dtype=None, copy=None):
        return self.numpy()


def as_frame(values):
    array = np.asarray(values)
    return (
        pandas.DataFrame(array) if array.ndim == 2 else pandas.Series(array, index=range(9, 9 + len(array)))
    )


def as_torch(values):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    tensor = torch.tensor(np.asarray(values))
    return tensor.requires_grad_() if tensor.is_floating_point() else tensor


RNG = np.random.default_rng(0)
U, V = RNG.standard_normal((6, 2)), RNG.standard_normal((6, 2))
JOINT = np.array([[0.4, 0.1], [0.2, 0.3]])
LAW, OTHER = np.array([0.25, 0.75]), np.array([0.5, 0.5])
FINITE = ss.FiniteModel.from_views([0.5, 0.5], [[0.6, 0.3, 0.1], [0.1, 0.3, 0.6]])
GAUSSIAN = ss.GaussianModel.from_correlations([0.8, 0.3])
TOPIC = ss.TopicModel([[0.8, 0.2], [0.2, 0.8]], [0.5, 0.5], 2)
COUNTS = np.array([[2, 0], [1, 1], [0, 2]])
SYMBOLS, LABELS, W = np.array([0, 1, 2, 0]), np.array([0, 0, 1]), np.array([[1.0, 0.5]])
KL = ss.divergence("kl")

# name -> a function of what turns arrays into others
ENTRIES = {
    "infonce": lambda of: ss.losses.infonce(of(U), of(V))[1],
    "spectral": lambda of: ss.losses.spectral(of(U), of(V))[1],
    "chi2": lambda of: ss.losses.chi2(of(U), of(V))[1],
    "f_contrastive": lambda of: ss.losses.f_contrastive(of(U), of(V), "kl")[1],
    "fit": lambda of: ss.fit((of(U), of(V)), ss.LinearEncoder(W), batch=3, steps=3).encoder.parameters,
    "fit of symbols": lambda of: (
        ss.fit((of(SYMBOLS), of(SYMBOLS)), ss.LookupEncoder(np.eye(3)), batch=2, steps=2).encoder.parameters
    ),
    "LinearEncoder": lambda of: ss.LinearEncoder(of(W))(of(U)),
    "LookupEncoder": lambda of: ss.LookupEncoder(of(np.eye(3)))(of(SYMBOLS)),
    "with_parameters": lambda of: ss.LinearEncoder(W).with_parameters(of(W[0])).parameters,
    "pullback": lambda of: ss.LinearEncoder(W).pullback(of(U), of(V), U[:, :1], V[:, :1]),
    "FiniteModel": lambda of: ss.FiniteModel(of(JOINT)).joint,
    "from_views": lambda of: ss.FiniteModel.from_views(of(LAW), of(JOINT / JOINT.sum(1)[:, None])).joint,
    "finite pmi": lambda of: FINITE.pmi(of(SYMBOLS), of(SYMBOLS)),
    "finite sufficiency": lambda of: np.array(FINITE.sufficiency(of(LABELS), "kl")),
    "GaussianModel": lambda of: ss.GaussianModel(of(np.eye(2)), of(0.5 * np.eye(2)), of(np.eye(2))).cov12,
    "gaussian pmi": lambda of: GAUSSIAN.pmi(of(U), of(V)),
    "gaussian sufficiency": lambda of: np.array(GAUSSIAN.sufficiency(of(W), "kl")),
    "sphere sufficiency": lambda of: np.array(ss.SphereModel(2, 1.0).sufficiency(of(W), "kl")),
    "TopicModel": lambda of: ss.TopicModel(of(TOPIC.topics), of(TOPIC.prior), 2).posterior(of(COUNTS)),
    "topic pmi": lambda of: TOPIC.pmi(of(COUNTS), of(COUNTS)),
    "topic sufficiency": lambda of: np.array(TOPIC.sufficiency(of(LABELS), "kl")),
    "f": lambda of: KL.f(of(LAW)),
    "bregman": lambda of: KL.bregman(of(LAW), of(OTHER)),
    "conjugate": lambda of: KL.conjugate(of(LAW)),
    "between": lambda of: np.array(KL.between(of(LAW), of(OTHER))),
    "renyi_divergence": lambda of: np.array(renyi_divergence(of(LAW), of(OTHER), 2.0)),
    "GaussianRegression": lambda of: np.array(
        GaussianRegression(ss.GaussianModel.additive_noise(of(LAW), 0.5), of(LAW)).risk(of(W))
    ),
    "statement": lambda of: np.array(
        ss.statements.get("A1").evaluate(model=FINITE, labels=of(LABELS), divergence="kl").lhs
    ),
    "Estimate": lambda of: np.array(ss.Estimate.from_samples(of(LAW)).stderr),
}


@pytest.mark.parametrize("of", [as_frame, Tensor, as_torch, np.ndarray.tolist], ids=lambda of: of.__name__)
@pytest.mark.parametrize("name", ENTRIES)
def test_the_result_is_that_of_arrays_and_an_array(name, of):
    expected, found = (ENTRIES[name](turned) for turned in (np.asarray, of))
    assert type(found) is np.ndarray
    assert np.array_equal(found, expected)


def test_float32_tensors_stay_float32():
    u, v = U.astype(np.float32), V.astype(np.float32)
    assert ss.losses.infonce(Tensor(u), Tensor(v))[1].dtype == np.float32


def test_a_bfloat16_tensor_is_read_as_float32():
    class Half(Tensor):
        def float(self):
            return Tensor(self._values)

    half = Half(np.float32([1.5, 2.5]))
    half.dtype = "torch.bfloat16"
    assert plain_array(half).tolist() == [1.5, 2.5]


def test_missing_entries_of_pandas_are_refused():
    for values in (pandas.Series([1.0, None], dtype="Float64"), pandas.Series([1.0, np.nan])):
        with pytest.raises(ValueError, match="x must be"):
            real_array("x", values)


def test_the_rows_of_a_frame_are_aligned_by_place_and_not_by_index():
    shuffled = pandas.DataFrame(V, index=[5, 4, 3, 2, 1, 0])
    assert ss.losses.infonce(pandas.DataFrame(U), shuffled)[0] == ss.losses.infonce(U, V)[0]


def test_torch_itself_is_read_in_every_kind():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    assert plain_array(torch.ones(2, dtype=torch.bfloat16, requires_grad=True)).tolist() == [1.0, 1.0]
    assert plain_array(torch.conj(torch.tensor([2 + 1j])).imag).tolist() == [-1.0]


def test_a_loss_of_ones_own_may_return_tensors():
    def own(u, v):
        value, du, dv = ss.losses.infonce(u, v)
        return value, Tensor(du), Tensor(dv)

    found, expected = (
        ss.fit((U, V), ss.LinearEncoder(W), loss=f, batch=3, steps=3) for f in (own, "infonce")
    )
    assert np.array_equal(found.encoder.parameters, expected.encoder.parameters)
