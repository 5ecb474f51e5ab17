"""Microsoft's own description of Graph v1.0: the entity types of npm's package `@microsoft/microsoft-graph-types`.

What a client sends, and what the stand-in answers, is held against it: a property that is not in it is a violation.
"""

import functools
import re
import tarfile
from dataclasses import dataclass

from dev import node

_INTERFACE = re.compile(r"^export interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_PROPERTY = re.compile(r"^    (\w+)\?: (?:NullableOption<(.+)>|(.+));$", re.MULTILINE)
_ENUM = re.compile(r"^export type (\w+) =([^;]*);", re.MULTILINE)


@dataclass(frozen=True)
class Property:
    """:param kind: name of an interface or of an enumeration, or ``string``, ``number``, ``boolean``."""

    kind: str
    is_list: bool


class Descriptions:
    """The types by name."""

    def __init__(self, text: str):
        # The namespaces behind describe other parts of Graph, some under the same names.
        text = text.replace("\r\n", "\n").partition("\nexport namespace ")[0]
        self.enums = {name: set(re.findall(r'"(\w+)"', values)) for name, values in _ENUM.findall(text)}
        self._interfaces = {name: (parent, body) for name, parent, body in _INTERFACE.findall(text)}

    @functools.cache  # noqa: B019 (one of these lives as long as the process)
    def properties(self, name: str) -> dict[str, Property]:
        """The properties of a type, those of its ancestors included."""
        parent, body = self._interfaces[name]
        found = dict(self.properties(parent)) if parent else {}
        for own, nullable, plain in _PROPERTY.findall(body):
            kind = nullable or plain
            found[own] = Property(kind.removesuffix("[]"), kind.endswith("[]"))
        return found

    def check(self, name: str, value: object, where: str = "") -> list[str]:
        """What of `value` is not as the type says."""
        where = where or name
        if not isinstance(value, dict):
            return [f"{where}: no object"]
        described = self.properties(name)
        problems = []
        for key, own in value.items():
            if "@" in key:
                continue
            if key not in described:
                problems.append(f"{where}: unknown property {key}")
            elif own is not None:
                problems += self._check_value(described[key], own, f"{where}.{key}")
        return problems

    def _check_value(self, described: Property, value: object, where: str) -> list[str]:
        if described.is_list:
            if not isinstance(value, list):
                return [f"{where}: no list"]
            single = Property(described.kind, is_list=False)
            return [problem for item in value for problem in self._check_value(single, item, where)]
        plain = {"string": str, "boolean": bool, "number": (int, float)}
        if described.kind in plain:
            return [] if isinstance(value, plain[described.kind]) else [f"{where}: not a {described.kind}"]
        if described.kind in self.enums:
            return [] if value in self.enums[described.kind] else [f"{where}: {value!r} is no {described.kind}"]
        if described.kind in self._interfaces:
            return self.check(described.kind, value, where)
        return []


@functools.cache
def published() -> Descriptions:
    """The types, read once. `./test` has downloaded them before several processes are at it."""
    with tarfile.open(node.ensure_graph_types()) as archive:
        return Descriptions(archive.extractfile("package/microsoft-graph.d.ts").read().decode())
