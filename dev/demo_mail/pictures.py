"""Draws the pictures of the demo: small, clean and the same on every run."""

import io
import random
from functools import cache

from .model import Pic

_WALLS = ["#e9e2d6", "#dfe5e3", "#e6d9cf", "#d9dee6"]
_METALS = ["#b58a3c", "#7a5a33", "#2b2926"]  # brushed brass, warm bronze, black

# What the emails say of the pictures: the foot of a lamp and the discs of a palette, by seed.
_FEET = {5: _METALS[1], 8: "#6b7f6a"}
_DISCS = {3: _METALS, 8: ["#8a9a5b", "#4f6672", "#6b7f6a", "#3f5a4a"], 12: ["#2f5d50", "#9c4f2f", "#3f5f86"]}


@cache
def draw(motif: str, seed: int) -> bytes:
    """A PNG of `motif` (lamp, palette, plan, hall, globe or logo); `seed` varies colours and arrangement."""
    from PIL import Image, ImageDraw

    size = (132, 36) if motif == "logo" else (480, 300)
    rng = random.Random(f"{motif}:{seed}")
    image = Image.new("RGB", size, rng.choice(_WALLS))
    _MOTIFS[motif](ImageDraw.Draw(image), size, rng, seed)
    buffer = io.BytesIO()
    # A palette of 64 colours keeps each picture within a few kilobytes.
    image.quantize(64).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def content(picture: Pic) -> bytes:
    """The bytes of the PNG that `picture` describes."""
    return draw(picture.motif, picture.seed)


def _glow(pen, x: int, y: int, radius: int) -> None:
    for step in range(12, 0, -1):
        r = radius * step // 12
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(255, 250 - step * 2, 226 - step * 5))


def _lamp(pen, size, rng, seed) -> None:
    width, height = size
    metal = _FEET.get(seed, _METALS[0])
    pen.rectangle((0, height - 60, width, height), fill="#8b6b4a")
    for line in range(height - 50, height, 12):
        pen.line((0, line, width, line + rng.randint(-2, 2)), fill="#7b5d3f")
    x = width // 2 + rng.randint(-60, 60)
    _glow(pen, x, 130, 118)
    pen.rectangle((x - 4, 150, x + 4, height - 62), fill=metal)
    pen.ellipse((x - 46, height - 72, x + 46, height - 48), fill=metal)
    pen.polygon((x - 38, 84, x + 38, 84, x + 74, 166, x - 74, 166), fill="#f6ead2", outline="#cbb994")
    pen.line((x + 12, height - 70, x + 30, height - 58), fill="#f4e3bd", width=2)


def _palette(pen, size, rng, seed) -> None:
    width, height = size
    pen.rectangle((0, height // 2, width, height), fill="#a98257")
    colours = _DISCS[seed]
    for index, colour in enumerate(colours):
        x = width // 2 + int((index - (len(colours) - 1) / 2) * 112)
        pen.ellipse((x - 46, 96, x + 54, 196), fill="#6f5639")
        pen.ellipse((x - 50, 90, x + 50, 190), fill=colour)
        pen.arc((x - 38, 102, x + 38, 178), 200, 290, fill="#ffffff", width=3)


def _plan(pen, size, rng, seed) -> None:
    width, height = size
    pen.rectangle((0, 0, width, height), fill="#fbfaf7")
    for x in range(0, width, 20):
        pen.line((x, 0, x, height), fill="#ecebe6")
    for y in range(0, height, 20):
        pen.line((0, y, width, y), fill="#ecebe6")
    pen.rectangle((40, 40, width - 40, height - 40), outline="#30343a", width=5)
    pen.line((width // 2 - 30, height - 40, width // 2 + 30, height - 40), fill="#fbfaf7", width=7)
    columns, rows = rng.randint(3, 6), rng.randint(2, 3)
    for column in range(columns):
        for row in range(rows):
            x = 90 + column * (width - 180) // max(columns - 1, 1)
            y = 95 + row * (height - 190) // max(rows - 1, 1)
            pen.rectangle((x - 22, y - 11, x + 22, y + 11), outline="#8b6b4a", width=2)
            pen.ellipse((x - 6, y - 6, x + 6, y + 6), fill="#e2b24a")


def _hall(pen, size, rng, seed) -> None:
    width, height = size
    pen.rectangle((0, 0, width, height), fill="#6e3f30")
    for y in range(0, height, 14):
        for x in range((y // 14 % 2) * -18, width, 36):
            pen.rectangle((x, y, x + 34, y + 12), fill=rng.choice(["#7a4735", "#84503c", "#70402f"]))
    pen.polygon((0, 0, width, 0, width // 2, 120), fill="#2d2a29")
    pen.rectangle((170, 150, 310, height), fill="#3a3f44")
    pen.polygon((0, height, width, height, 310, 240, 170, 240), fill="#565250")
    pen.line((0, 90, 150, 130), fill="#1d1b1a", width=4)


def _globe(pen, size, rng, seed) -> None:
    width, height = size
    pen.rectangle((0, 0, width, height), fill="#3a2419")
    _glow(pen, width // 2, height // 2, 100)
    pen.ellipse((width // 2 - 90, height // 2 - 90, width // 2 + 90, height // 2 + 90), outline="#bcd8c4", width=4)
    for _bubble in range(40):
        x, y, r = width // 2 + rng.randint(-58, 58), height // 2 + rng.randint(-58, 58), rng.randint(1, 4)
        pen.ellipse((x - r, y - r, x + r, y + r), outline="#8fb7a0")


def _logo(pen, size, rng, seed) -> None:
    pen.rectangle((0, 0, *size), fill="#ffffff")
    pen.polygon((18, 4, 34, 26, 2, 26), fill="#b58a3c")
    pen.ellipse((13, 24, 23, 34), fill="#f3d58a")
    for index in range(8):  # the word mark: eight strokes, as on the feet of the lamps
        pen.rectangle((46 + index * 10, 14, 51 + index * 10, 24), fill="#2b2926")


_MOTIFS = {"lamp": _lamp, "palette": _palette, "plan": _plan, "hall": _hall, "globe": _globe, "logo": _logo}
