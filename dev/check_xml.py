"""`python -m dev.check_xml FILE...`: are the files well-formed XML, and do the records of each say what they are?"""

import sys

from lxml import etree


def faults(path: str) -> list[str]:
    """What is wrong with one file, a line each."""
    try:
        tree = etree.parse(path)
    except etree.XMLSyntaxError as error:
        return [f"{path}:{error.lineno}: {error.msg}"]
    found = []
    seen: dict[str, int] = {}
    for node in tree.iter("record", "template", "menuitem"):
        name = node.get("id")
        if not name:
            found.append(f"{path}:{node.sourceline}: {node.tag} without id")
        elif name in seen:
            found.append(f"{path}:{node.sourceline}: {name} is already defined in line {seen[name]}")
        else:
            seen[name] = node.sourceline
    return found


if __name__ == "__main__":
    lines = [line for path in sys.argv[1:] for line in faults(path)]
    print("\n".join(lines), end="\n" if lines else "")
    sys.exit(bool(lines))
