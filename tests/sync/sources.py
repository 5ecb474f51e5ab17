"""What tests read in the source of an email."""


def message_id_of(source: bytes) -> str:
    lines = [line for line in source.splitlines() if line.lower().startswith(b"message-id:")]
    return lines[0].partition(b":")[2].strip().decode()
