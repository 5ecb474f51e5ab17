"""The table of docs/suite.md names tests that there are, and all that are the suite of accounts that sign in."""

import ast
import re

from dev import paths

TESTS = paths.ROOT / "tests"
CELL = re.compile(r"`([\w/]+\.py)` `(\w+)`")
#: What the table has to name all of.
SUITE = ("sync/test_accidents_providers.py", "sync/test_suite_providers.py")


def rows() -> list[list[str]]:
    lines = (paths.ROOT / "docs" / "suite.md").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| case |"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def names_in(path: str) -> set[str]:
    tree = ast.parse((TESTS / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_cell_names_a_test_that_there_is():
    assert rows()
    for case, *cells in rows():
        assert len(cells) == 3, case
        for cell in cells:
            path, name = CELL.fullmatch(cell).groups()
            assert name in names_in(path), f"{case}: {cell}"


def test_the_whole_suite_is_in_the_table():
    named = {CELL.fullmatch(cell).groups() for _case, *cells in rows() for cell in cells}
    assert {(path, name) for path in SUITE for name in names_in(path)} <= named
