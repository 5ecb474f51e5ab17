"""Reads the small tables of the demo: one line of fields for each record, then its text, indented."""

import re


def records(table: str) -> list[tuple]:
    """The records of `table` as tuples of strings and, where a field is nothing but digits, ints.

    Fields are separated by ``" | "``. Indented lines below belong to the record and become its last field: lines are
    joined, blank lines separate paragraphs.
    """
    result: list[tuple] = []
    for record in re.split(r"\n(?=\S)", table.strip("\n")):
        head, _, text = record.partition("\n")
        fields = tuple(int(field) if field.isdigit() else field.strip() for field in head.split(" | "))
        blocks = re.split(r"\n\s*\n", re.sub(r"^ +", "", text, flags=re.MULTILINE))
        body = "\n\n".join(block.replace("\n", " ") for block in blocks).strip()
        result.append((*fields, body) if body else fields)
    return result
