"""Von Mises–Fisher pairs on the unit sphere, and their linear projections."""

from simsuff.models.sphere.model import SphereModel
from simsuff.models.sphere.noisy import NoisySphereModel
from simsuff.models.sphere.projected import ProjectedSphereModel

__all__ = ["NoisySphereModel", "ProjectedSphereModel", "SphereModel"]
