"""Google's own description of Gmail's API, and what does not fit it."""

import base64
import binascii
import functools
import importlib.util
import json
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Method:
    """One method of the description.

    :param name: ``messages.list``; `pattern`: of its path, with a group for each parameter in it.
    :param parameters: name -> description of those that are in the query, besides the ones that every method has.
    :param scopes: any of these will do.
    :param upload: whether this is the form that takes a whole email as media, up to `max_size` bytes.
    """

    name: str
    verb: str
    pattern: re.Pattern
    parameters: dict = field(repr=False)
    scopes: frozenset[str]
    request: str | None
    response: str | None
    upload: str = ""
    max_size: int = 0


class Discovery:
    """The description, read once."""

    def __init__(self, document: dict):
        self._schemas = document["schemas"]
        self._common = document["parameters"]
        self._methods = list(self._read(document["resources"]["users"], ""))

    def _read(self, resource: dict, prefix: str):
        for name, method in resource.get("methods", {}).items():
            protocols = method.get("mediaUpload", {}).get("protocols", {})
            paths = {"": method["path"], **{kind: protocol["path"].lstrip("/") for kind, protocol in protocols.items()}}
            for kind, path in paths.items():
                # Resumable uploads are served at the address of the simple ones, whatever the description says.
                if kind == "resumable":
                    continue
                placed = [part["location"] == "path" for part in method["parameters"].values()]
                yield Method(
                    name=prefix + name,
                    verb=method["httpMethod"],
                    pattern=re.compile("/" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)),
                    parameters={
                        key: part
                        for (key, part), in_path in zip(method["parameters"].items(), placed, strict=True)
                        if not in_path
                    },
                    scopes=frozenset(method["scopes"]),
                    request=method.get("request", {}).get("$ref"),
                    response=method.get("response", {}).get("$ref"),
                    upload=kind,
                    max_size=int(method.get("mediaUpload", {}).get("maxSize", 0)),
                )
        for name, part in resource.get("resources", {}).items():
            yield from self._read(part, f"{prefix}{name}.")

    def find(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method that a request is for, and the parameters in its path; None: there is none."""
        for method in self._methods:
            if method.verb == verb and (match := method.pattern.fullmatch(path)):
                return method, match.groupdict()
        return None

    def query_problems(self, method: Method, query: list[tuple[str, str]]) -> list[str]:
        """What is wrong with the query of a request."""
        problems = []
        for name in dict.fromkeys(name for name, _value in query):
            part = method.parameters.get(name) or self._common.get(name)
            values = [value for other, value in query if other == name]
            if not part:
                problems.append(f'Unknown name "{name}": Cannot bind query parameter.')
                continue
            if len(values) > 1 and not part.get("repeated"):
                problems.append(f'Proto field is not repeating, cannot start list: "{name}"')
            # The description has no value for the protocol that Google documents for large uploads.
            if not (method.upload and name == "uploadType"):
                problems += [text for value in values for text in _scalar_problems(part, value, name, from_query=True)]
        return problems

    def problems(self, schema: str, value: object, where: str = "") -> list[str]:
        """What in a JSON value does not fit a schema."""
        return self._problems({"$ref": schema}, value, where or schema)

    def _problems(self, part: dict, value: object, where: str) -> list[str]:
        if "$ref" in part:
            part = self._schemas[part["$ref"]]
        kind = part.get("type")
        if kind == "object":
            if not isinstance(value, dict):
                return [f"{where}: not an object"]
            known = part.get("properties", {})
            found = []
            for name, inner in value.items():
                if name in known:
                    found += self._problems(known[name], inner, f"{where}.{name}")
                else:
                    found.append(f'Invalid JSON payload received. Unknown name "{name}" at {where}: Cannot find field.')
            return found
        if kind == "array":
            if not isinstance(value, list):
                return [f"{where}: not an array"]
            return [text for one in value for text in self._problems(part["items"], one, where)]
        return _scalar_problems(part, value, where)


def _scalar_problems(part: dict, value: object, where: str, *, from_query: bool = False) -> list[str]:
    kind, form = part.get("type"), part.get("format")
    if from_query and kind == "boolean":
        fits = value in ("true", "false")
    elif from_query and kind == "integer":
        fits = str(value).lstrip("-").isdigit()
    elif kind == "boolean":
        fits = isinstance(value, bool)
    elif kind == "integer":
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        fits = isinstance(value, str) and (form not in ("int64", "uint64") or value.lstrip("-").isdigit())
        if fits and form == "byte":
            fits = is_base64url(value)
    if not fits:
        return [f"Invalid value at '{where}' ({form or kind}), {str(value)[:50]!r}"]
    if "enum" in part and value not in part["enum"]:
        return [f"Invalid value at '{where}', {value!r}"]
    return []


def is_base64url(text: str) -> bool:
    """Whether it is what RFC 4648 has for file names, with or without its padding."""
    try:
        base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


@functools.cache
def gmail() -> Discovery:
    """The description of Gmail's API that ships with Google's library for Python, which is not imported for that."""
    [folder] = importlib.util.find_spec("googleapiclient").submodule_search_locations
    path = Path(folder) / "discovery_cache" / "documents" / "gmail.v1.json"
    return Discovery(json.loads(path.read_text()))
