"""Settings that every test shares."""

import gc
import shutil
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings

from simsuff import statements
from simsuff.cli import main
from simsuff.statements import registry
from simsuff.strategies import arguments

# A first compile takes seconds, so no deadline; derandomised, so that CI answers for the code and not for the draw.
# Without the phase that explains failures: it traces every line, and one test hung under Python 3.11 while it did.
settings.register_profile(
    "fast",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=50,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
# By hand and for chosen statements, since all of them take most of a day: see CONTRIBUTING.md.
for name, examples in (("deep", 1_000), ("thorough", 100_000)):
    settings.register_profile(
        name, parent=settings.get_profile("fast"), derandomize=False, max_examples=examples
    )
settings.load_profile("fast")


statements.all()  # loads those of the house, which stay


@pytest.fixture(autouse=True)
def registered_by_the_test_alone():
    """What a test registers ends with it; elsewhere it would be taken for a statement of the house."""
    with patch.dict(registry._STATEMENTS), patch.dict(arguments._REGISTERED):
        yield


def pytest_collection_finish():
    """Modules and tests stay to the end: the collector of garbage need not go through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture
def status_of():
    """Run a command; its exit status."""

    def run(*arguments):
        try:
            return main([str(argument) for argument in arguments])
        except SystemExit as error:
            return error.code

    return run


# Without those about updates and networking the browser asks for hosts of its own at every start.
CHROMIUM_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """A headless Chromium that is installed here; nothing is downloaded."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    missing = [name for name, path in programs.items() if path is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = programs["chromium"]
    for flag in (*CHROMIUM_FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(programs["chromedriver"]))
    yield driver
    driver.quit()
