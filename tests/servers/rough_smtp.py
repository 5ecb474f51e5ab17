"""A TCP proxy for SMTP without TLS that has accidents, at any point of the dialogue."""

import random
import socket

from .rough import ANY, Accident, Over, Passage, RoughProxy

#: What an accident can wait for: commands, the text of an email, and the line with the dot that ends it.
TEXT, END = b"TEXT", b"END"
COMMANDS = (b"EHLO", b"AUTH", b"MAIL", b"RCPT", b"DATA", TEXT, END, b"QUIT")


class _SmtpPassage(Passage):
    def __init__(self, proxy: RoughProxy, client: socket.socket, server: socket.socket):
        super().__init__(proxy, client, server)
        self._heard = b""
        #: What the client waits to be answered, in this order; its end is what answers the greeting.
        self._asked: list[bytes] = []
        self._in_text = self._text_begun = False
        #: How many replies pass before the one that is swallowed.
        self._until_swallowed: int | None = None

    def say(self, line: bytes) -> None:
        if self._in_text and line != b".\r\n":
            if self._text_begun:
                self.pass_on(self.server, line, up=True)
            else:
                self._text_begun = True
                self.pass_command(TEXT, line)
            return
        name = END if self._in_text else line.split(b" ")[0].strip().upper()
        self._in_text = self._text_begun = False
        self._asked.append(name)
        if self.pass_command(name, line):
            self._until_swallowed = len(self._asked) - 1

    def hear(self, data: bytes) -> None:
        # Whole lines, so that each reply is known by its code.
        *lines, self._heard = (self._heard + data).split(b"\n")
        for line in lines:
            if self._until_swallowed != 0:
                self.pass_on(self.client, line + b"\n", up=False)
            if line[3:4] == b"-":
                continue
            if self._until_swallowed == 0:
                raise Over
            self._in_text = line.startswith(b"354")
            if self._asked:
                self._asked.pop(0)
                if self._until_swallowed is not None:
                    self._until_swallowed -= 1


class RoughSmtp(RoughProxy):
    """As `RoughProxy`, with accidents that wait for one of `COMMANDS` or for any of them."""

    passage = _SmtpPassage


def any_accident(
    chance: random.Random, kinds: tuple[str, ...] = ("cut", "kill", "swallow", "pause", "drip")
) -> Accident:
    """Something that goes wrong somewhere in the next dialogue; more often near the end, where it matters."""
    command = chance.choice((*COMMANDS, TEXT, END, END, END, ANY))
    up = chance.random() < 0.5
    # Of a command rather its first bytes; the line with the dot has three.
    after = chance.randrange(4) if command == END else chance.choice((0, 0, chance.randrange(200)))
    return Accident(chance.choice(kinds), command, up=up, after=after)
