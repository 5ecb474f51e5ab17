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
    skip = pytest.mark.skip(reason="takes long; ./test --thorough runs it")
    for item in items:
        if item.get_closest_marker("thorough") and not config.getoption("--thorough"):
            item.add_marker(skip)
        if item.get_closest_marker("browser"):
            # In front: the test's own transaction must see what the fixture commits.
            item.fixturenames.insert(0, "compiled_assets")


@pytest.fixture(scope="session")
def compiled_assets(load_registry: None) -> None:
    """The web client's JavaScript and CSS, compiled once instead of in every test that opens a browser.

    A test cannot keep what it compiles: its transaction is rolled back. Mark test classes that open a browser with
    ``@pytest.mark.browser`` to have this.
    """
    # Imported here, because `--no-odoo` does without.
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tests.common import get_db_name

    with Registry(get_db_name()).cursor() as cr:
        bundle = api.Environment(cr, SUPERUSER_ID, {})["ir.qweb"]._get_asset_bundle("web.assets_web", css=True, js=True)
        bundle.js()
        bundle.css()
        cr.commit()


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether long campaigns are asked for."""
    return request.config.getoption("--thorough")
