from simsuff.divergences import Divergence
from simsuff.models.gaussian_canonical import Spectrum
from simsuff.numerics.bounded import Bounded


def is_finite_under(div: Divergence, spectrum: Spectrum) -> bool:
    raise NotImplementedError


def quadrature(div: Divergence, full: Spectrum, coarse: Spectrum) -> Bounded:
    raise NotImplementedError
