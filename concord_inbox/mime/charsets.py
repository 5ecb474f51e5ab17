"""Bytes to text, whatever their declaration says.

Declarations are wrong or missing often enough that they are a hint only. Names follow the WHATWG Encoding Standard
where it is wider than the name says (ISO-8859-1 means windows-1252, GB2312 means GB 18030, ...), as mail programs do.
"""

import codecs
import re
from functools import lru_cache

import chardet

#: Names that Python does not know, or knows as something narrower than what senders mean.
_ALIASES = {
    "8bit": "", "7bit": "ascii", "binary": "", "default": "", "default_charset": "", "unknown": "", "unknown-8bit": "",
    "x-unknown": "", "none": "", "x-user-defined": "", "user-defined": "", "iso-8859": "cp1252", "iso8859": "cp1252",
    "ansi": "cp1252", "us": "ascii", "ascii-us": "ascii", "iso-ir-6us": "ascii", "x-ascii": "ascii",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "8859_1": "cp1252",
    "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "iso-8859-6-i": "iso8859-6", "iso-8859-9": "cp1254",
    "iso8859-9": "cp1254", "latin5": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "windows-874": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030",
    "x-euc-cn": "gb18030", "euc-cn": "gb18030", "hz": "hz", "big5": "big5hkscs", "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs", "cn-big5": "big5hkscs", "x-big5": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932",
    "windows-31j": "cp932", "iso-2022-jp": "iso2022_jp_ext", "iso-2022-jp-1": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext", "cp50220": "iso2022_jp_ext", "cp50221": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949", "ks_c_5601-1989": "cp949", "ksc_5601": "cp949", "ksc5601": "cp949", "euc-kr": "cp949",
    "korean": "cp949", "windows-949": "cp949", "x-windows-949": "cp949", "x-euc-jp": "euc_jp", "x-euc-kr": "cp949",
    "utf": "utf-8", "utf8": "utf-8", "unicode": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8", "x-unicode-2-0-utf-8": "utf-8", "unicode-1-1-utf-7": "utf-7", "x-unicode-2-0-utf-7": "utf-7",
    "x-mac-roman": "mac_roman", "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic", "x-cp1250": "cp1250",
    "x-cp1251": "cp1251", "x-cp1252": "cp1252", "x-ansi": "cp1252", "koi8": "koi8_r", "koi": "koi8_r",
    "koi8-ru": "koi8_u",
}  # fmt: skip
#: Python calls them text encodings, but no email is written in them.
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_LATIN = frozenset({"cp1252", "iso8859-15"})
#: What a detection may answer; on short text the others (MacIceland, EBCDIC, ...) are always a mistake.
_DETECTABLE = re.compile(
    r"utf|cp125|cp874|cp932|cp949|koi8|gb|big5|euc|shift|iso2022|iso8859-(?:[125-9]|1[135])|hz", re.IGNORECASE
)
_WINDOW = 3000  # bytes looked at for a detection, around the first that tells anything
# ASCII, and what every Windows charset of an alphabet has in one place: quotation marks, dashes, blanks, the euro, ...
_PUNCTUATED = (
    bytes(range(128))
    + b"\x80\x82\x84\x85\x86\x87\x8b\x91\x92\x93\x94\x95\x96\x97\x99\x9b\xa0\xa9\xab\xad\xae\xb0\xb7\xbb"
)
# Asian texts under a Latin name: in no language of these letters do so many stand side by side.
_FOREIGN_RUN = re.compile(rb"[\xa1-\xff][\x40-\xff][\xa1-\xff][\x40-\xff](?:[\xa1-\xff][\x40-\xff])*|[\xc0-\xff]{4,}")
_VARIED = 9  # different bytes in such runs
_KANA = {
    "cp932": re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]"),
    "euc_jp": re.compile(rb"\xa4[\xa1-\xf3]|\xa5[\xa1-\xf6]"),
}
_PRIVATE = re.compile("[\ue000-\uf8ff\x80-\x9f]")
_ASIAN = frozenset({"gb18030", "big5hkscs", "cp949", "cp932", "euc_jp"})
# Russian of one charset read in the other has its capitals and small letters the other way round.
_RUSSIAN = {"koi8-r": "cp1251", "koi8-u": "cp1251", "cp1251": "koi8-r"}
_ROUND = re.compile("[А-ЯЁ]?[а-яё]{2,}")
_WRONG_ROUND = re.compile("[а-яё][А-ЯЁ]{2,}")
# Of ISO-2022-JP, what Windows added to the characters: with circled numbers, abbreviations, ...
_JAPANESE = re.compile(rb"\x1b\$[@B]([\x21-\x7e]*)|\x1b\(I([\x21-\x7e]*)|\x1b\([BJ]")
_ESCAPES = (b"\x1b$", b"\x1b(", b"~{")


@lru_cache(maxsize=512)
def codec_of(name: str) -> str:
    """Return Python's name of the charset `name`, or '' when there is no such charset."""
    name = name.strip().strip("\"'<>;,. \t").lower()
    if not name or len(name) > 60 or not name.isascii():
        return ""
    alias = _ALIASES.get(name)
    if alias is None:
        alias = _ALIASES.get(name.replace("_", "-"))
    if alias is None:
        alias = re.sub(r"^(?:cp|windows|win|cs|x)-?_?(125\d)$", r"cp\1", name)
    try:
        info = codecs.lookup(alias) if alias else None
    except (LookupError, ValueError, UnicodeError):
        return ""
    if info is None or info.name.replace("-", "_") in _NOT_CHARSETS or not getattr(info, "_is_text_encoding", True):
        return ""
    return info.name


def decode(data: bytes, declared: str = "", in_haste: bool = False) -> tuple[str, str]:
    """Decode `data`, which is said to be in the charset `declared`.

    :param in_haste: detect nothing, which takes a hundred times longer than all else: what is unknown is Latin.
    :return: the text, and a few words on what was wrong with the declaration ('' when nothing was).
    """
    codec = codec_of(declared) if declared else ""
    defect = f"unknown charset {declared[:40]!r}" if declared and not codec else ""
    if data.startswith(codecs.BOM_UTF8):
        data, codec = data[3:], "utf-8"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and codec in ("", "ascii", "utf-8"):
        codec = "utf-16"
    if codec in ("", "ascii", "utf-8") or codec in _LATIN:
        return _decode_common(data, codec, defect, in_haste)
    if (text := _as_utf8(data, codec)) is not None:
        return text, f"{codec} is UTF-8"
    try:
        text = data.decode(codec)
        if _is_likely(text, codec):
            return text, defect
        other = _RUSSIAN.get(codec)
        return data.decode(other, "replace") if other else _detected(data, in_haste), f"not {codec} as declared"
    except (UnicodeError, ValueError):
        if codec == "iso2022_jp_ext" and (text := _windows_japanese(data)):
            return text, defect
        return _decode_wrong(data, codec, in_haste)


def _decode_common(data: bytes, codec: str, defect: str, in_haste: bool) -> tuple[str, str]:
    if data.isascii():
        if codec in ("", "ascii") and any(escape in data for escape in _ESCAPES):
            return _detected(data, in_haste), defect
        return data.decode("ascii"), defect
    try:
        # Text in another charset hardly ever happens to be valid UTF-8, so this wins over every declaration.
        text = data.decode("utf-8")
        return text, "" if codec == "utf-8" else defect or f"{codec or 'undeclared'} is UTF-8"
    except UnicodeDecodeError:
        pass
    if codec in _LATIN:
        if not in_haste and _is_foreign(data) and (foreign := _foreign_codec(data)):
            return data.decode(foreign, "replace"), f"{codec} is {foreign}"
        return data.decode(codec, "replace"), defect
    if codec == "utf-8":
        return _decode_wrong(data, codec, in_haste)
    return _detected(data, in_haste), defect or "8-bit text without a charset"


def _as_utf8(data: bytes, codec: str) -> str | None:
    """The text, where it is UTF-8 under another name: four characters in another charset are hardly ever valid."""
    if data.isascii() or codec.startswith(("utf", "iso2022")):
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if sum(char > "\x7f" for char in text) >= 4 else None


def _is_likely(text: str, codec: str) -> bool:
    """Whether a text that could be decoded makes sense; in some charsets nearly everything can."""
    if codec in _ASIAN:
        return len(_PRIVATE.findall(text)) * 20 <= sum(char > "\x7f" for char in text)
    if codec in _RUSSIAN:
        return not _WRONG_ROUND.search(text) or len(_ROUND.findall(text)) >= len(_WRONG_ROUND.findall(text))
    return True


def _windows_japanese(data: bytes) -> str:
    """ISO-2022-JP with the characters that Windows added, '' where it is not that either."""
    out: list[str] = []
    end = 0
    try:
        for match in _JAPANESE.finditer(data):
            out.append(data[end : match.start()].decode("ascii"))
            end = match.end()
            double, half = match.groups()
            if double:
                out.append(b"".join(map(_shifted, double[::2], double[1::2])).decode("cp932"))
            elif half:
                out.append(bytes(byte | 0x80 for byte in half).decode("cp932"))
        return "".join([*out, data[end:].decode("ascii")])
    except UnicodeDecodeError:
        return ""


def _shifted(row: int, cell: int) -> bytes:
    """A character of JIS X 0208 as Shift_JIS has it."""
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    return bytes((lead, cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E))


def _is_foreign(data: bytes) -> bool:
    """Whether most letters of a text that is called Latin stand in runs that no such language has."""
    runs = b"".join(_FOREIGN_RUN.findall(data[:_WINDOW]))
    # Lines of dots and dashes are few different characters.
    return len(set(runs)) >= _VARIED and 2 * len(runs) > len(re.findall(rb"[A-Za-z\xa1-\xff]", data[:_WINDOW]))


def _foreign_codec(data: bytes) -> str:
    """What such a text is in, '' where that is not certain."""
    if codec := _kana_codec(data):
        return codec
    codec = codec_of(chardet.detect(data[:_WINDOW])["encoding"] or "")
    if codec in _ASIAN or codec in _RUSSIAN:
        try:
            return codec if _is_likely(data.decode(codec), codec) else ""
        except UnicodeError:
            return ""
    return ""


def _kana_codec(data: bytes) -> str:
    """The charset of a text with Japanese syllables, which detections miss in few words."""
    for codec, pattern in _KANA.items():
        kana = 2 * len(pattern.findall(data[:_WINDOW]))
        if kana >= 8 and kana * 3 >= len(re.findall(rb"[\x80-\xff]", data[:_WINDOW])):
            try:
                data.decode(codec)
                return codec
            except UnicodeError:
                continue
    return ""


def _decode_wrong(data: bytes, codec: str, in_haste: bool) -> tuple[str, str]:
    """Decode what is not entirely in the charset it claims: a few damaged characters, or another charset."""
    text = data.decode(codec, "replace")
    damaged = text.count("\ufffd")
    valid = sum(map(len, re.findall("[^\x00-\x7f\ufffd]+", text)))
    if damaged <= max(2, valid // 20) and valid > damaged:
        return text, f"{damaged} characters that are not {codec}"
    return _detected(data, in_haste), f"not {codec} as declared"


def _detected(data: bytes, in_haste: bool) -> str:
    if in_haste:
        return data.decode("cp1252", "replace")
    foreign = len(data.translate(None, _PUNCTUATED))
    if b"\x1b" not in data and not data.isascii() and foreign * 100 < len(data):
        # A few letters in a text in English: no detection could tell more than that.
        return data.decode("cp1252", "replace")
    if codec := _kana_codec(data):
        return data.decode(codec)
    first = re.search(rb"[\x80-\xff\x1b~]", data)
    start = max(0, first.start() - 200) if first else 0
    answer = chardet.detect(data[start : start + _WINDOW])
    codec = codec_of(answer["encoding"] or "")
    # A guess on a few words is no better than the most common charset of those that were not declared.
    unsure = (answer["confidence"] or 0) < 0.05 and len(re.findall(rb"[\x80-\xff]", data)) < 8
    if not codec or unsure or not _DETECTABLE.match(codec):
        codec = "ascii" if data.isascii() else "cp1252"
    return data.decode(codec, "replace")
