"""What all tests share. `./test` sets up Odoo, its database and the mail server's programs before pytest starts."""

import contextlib
import logging
import os
import shutil

import hypothesis
import odoo.addons
import pytest

from dev import databases, paths

hypothesis.settings.register_profile("quick", max_examples=50, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=5000, deadline=None)

#: The files that take longest, which begin first, so that no process is left with one of them at the end. Those with
#: browsers and those that rather wait are mixed, for they run at the same time.
LONGEST = (
    *("views/test_panes.py", "sync/test_watch.py", "views/test_compose.py", "sync/test_accidents.py"),
    *("views/test_live.py", "sync/test_send_slots.py", "models/test_with_apps.py", "views/test_folders.py"),
    *("models/test_privacy_matrix.py",),
    *("views/test_banner.py", "sync/test_kill.py", "views/test_accessibility.py", "sync/test_memory.py"),
    *("views/test_browser.py", "adapters/test_watching.py", "views/test_card.py", "sync/test_corpus.py"),
    *("views/test_accounts.py", "mime/test_large.py", "views/test_connect.py", "sync/test_send_kill.py"),
    *("views/test_connection_test.py", "sync/test_parallel.py", "views/test_units.py"),
    *("sync/test_suite_providers.py", "sync/test_accidents_providers.py"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run long campaigns: random, kill and endurance tests")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_AtOnce(config))
    thorough = config.getoption("--thorough")
    hypothesis.settings.load_profile("thorough" if thorough else "quick")
    hypothesis.configuration.set_hypothesis_home_dir(paths.DEV / "hypothesis")
    # aiosmtpd tells of each connection.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    # For code that has no `request` at hand, such as Odoo's test classes.
    os.environ["CONCORD_THOROUGH"] = "1" if thorough else ""
    if plugin := config.pluginmanager.get_plugin("odoo"):
        plugin._shared_filestore = _own_filestore
    else:
        # `./test --no-odoo`: nobody has told Odoo's namespace package where the addon is.
        odoo.addons.__path__.append(str(paths.ROOT))


class _AtOnce:
    """Names what fails as soon as it does, and why in a line: a whole run takes half an hour."""

    def __init__(self, config: pytest.Config):
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            why = crash.message.splitlines()[0] if crash and crash.message else ""
            self._config.pluginmanager.get_plugin("terminalreporter").write_line(f"\n{report.nodeid}: {why}")


@contextlib.contextmanager
def _own_filestore(original: str, database: str):
    """For processes that run side by side, each with a copy of the database: a filestore for each of them.

    pytest-odoo has them share one, in which what one of them does to a file (removes it, plays a full disk) happens to
    all.
    """
    if original == database:
        yield
        return
    # The files are named by their content and never change: links are enough.
    own = databases.FILESTORE / database
    if (databases.FILESTORE / original).exists():
        shutil.copytree(databases.FILESTORE / original, own, copy_function=os.link, dirs_exist_ok=True)
    try:
        yield
    finally:
        shutil.rmtree(own, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="takes long; ./test --thorough runs it")
    for item in items:
        if item.get_closest_marker("thorough") and not config.getoption("--thorough"):
            item.add_marker(skip)
    # Within a file the order stays.
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.location[0].removeprefix("tests/"), len(place)))


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether long campaigns are asked for."""
    return request.config.getoption("--thorough")
