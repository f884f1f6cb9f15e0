"""The public names, each with the module it comes from: the one list that type checkers and start-up read."""

from simsuff import losses as losses
from simsuff import statements as statements
from simsuff.certificates import certify as certify
from simsuff.divergences import DIVERGENCES as DIVERGENCES
from simsuff.divergences import Divergence as Divergence
from simsuff.divergences import alpha_divergence as alpha_divergence
from simsuff.divergences import divergence as divergence
from simsuff.encoders import AugmentedLinearEncoder as AugmentedLinearEncoder
from simsuff.encoders import HiddenLayerEncoder as HiddenLayerEncoder
from simsuff.encoders import LinearEncoder as LinearEncoder
from simsuff.encoders import LookupEncoder as LookupEncoder
from simsuff.encoders import QuadraticOffsetEncoder as QuadraticOffsetEncoder
from simsuff.encoders import SoftmaxEncoder as SoftmaxEncoder
from simsuff.encoders import TwoEncoders as TwoEncoders
from simsuff.explorer import assess_infonce as assess_infonce
from simsuff.hunting import Hunt as Hunt
from simsuff.hunting import hunt as hunt
from simsuff.models import MODELS as MODELS
from simsuff.models import FiniteModel as FiniteModel
from simsuff.models import FiniteStack as FiniteStack
from simsuff.models import GaussianModel as GaussianModel
from simsuff.models import NoisySphereModel as NoisySphereModel
from simsuff.models import Pairs as Pairs
from simsuff.models import SphereModel as SphereModel
from simsuff.models import SubsampledTopicModel as SubsampledTopicModel
from simsuff.models import TopicModel as TopicModel
from simsuff.models import TwoModalityTopicModel as TwoModalityTopicModel
from simsuff.models import WordDropoutModel as WordDropoutModel
from simsuff.optimizers import Status as Status
from simsuff.plugins import register as register
from simsuff.reporting import Run as Run
from simsuff.studies import study as study
from simsuff.sufficiency import encoder_excess as encoder_excess
from simsuff.sufficiency import finite_k_excess as finite_k_excess
from simsuff.sufficiency import rate_constant as rate_constant
from simsuff.sufficiency import score_excess as score_excess
from simsuff.training import FitInterrupted as FitInterrupted
from simsuff.training import FitResult as FitResult
from simsuff.training import fit as fit
from simsuff.verdicts import Bounded as Bounded
from simsuff.verdicts import Comparison as Comparison
from simsuff.verdicts import Estimate as Estimate
from simsuff.verdicts import Verdict as Verdict

__version__: str
