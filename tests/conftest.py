"""What all tests share. `./test` sets up Odoo, its database and the mail server's programs before pytest starts."""

import os

import hypothesis
import odoo.addons
import pytest

from dev import paths

hypothesis.settings.register_profile("quick", max_examples=50, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=5000, deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run long campaigns: random, kill and endurance tests")


def pytest_configure(config: pytest.Config) -> None:
    thorough = config.getoption("--thorough")
    hypothesis.settings.load_profile("thorough" if thorough else "quick")
    hypothesis.configuration.set_hypothesis_home_dir(paths.DEV / "hypothesis")
    # For code that has no `request` at hand, such as Odoo's test classes.
    os.environ["CONCORD_THOROUGH"] = "1" if thorough else ""
    if not config.pluginmanager.hasplugin("odoo"):
        # `./test --no-odoo`: nobody has told Odoo's namespace package where the addon is.
        odoo.addons.__path__.append(str(paths.ROOT))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--thorough"):
        skip = pytest.mark.skip(reason="takes long; ./test --thorough runs it")
        for item in items:
            if item.get_closest_marker("thorough"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether long campaigns are asked for."""
    return request.config.getoption("--thorough")
