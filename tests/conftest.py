"""Settings that every test shares."""

from hypothesis import HealthCheck, settings

# A first compile takes seconds, so no deadline; derandomised, so that CI answers for the code and not for the draw.
settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.register_profile("deep", parent=settings.get_profile("house"), derandomize=False, max_examples=1000)
settings.load_profile("house")
