"""Settings that every test shares."""

from hypothesis import HealthCheck, Phase, settings

# A first compile takes seconds, so no deadline; derandomised, so that CI answers for the code and not for the draw.
# Without the phase that explains failures: it traces every line, and one test hung under Python 3.11 while it did.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=50,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.register_profile("deep", parent=settings.get_profile("house"), derandomize=False, max_examples=1000)
settings.load_profile("house")
