"""Styles of a stranger, made harmless.

They are shown in a frame whose Content-Security-Policy lets nothing load and nothing run. What is done here besides
keeps that true where the HTML is used elsewhere, and keeps text where its author cannot lay it over other text.
"""

import re

MAX_STYLES = 512 * 1024  # characters of all style sheets of one email

_COMMENT = re.compile(r"/\*.*?(?:\*/|$)|<!--|-->", re.DOTALL)
_AT_RULE = re.compile(r"@(?:import|charset|namespace|document|-moz-document)\b[^;{}]*(?:;|(?=[{}])|$)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:[0-9a-fA-F]{1,6}\s?|.|$)", re.DOTALL)
_ACTIVE = re.compile(
    r"(?<![-\w])(?:behavior|-moz-binding)\s*:[^;{}]*|expression\s*\([^;{}]*|(?:java|vb|live)script\s*:", re.IGNORECASE
)
_POSITION = re.compile(r"\bposition\s*:\s*(?:fixed|absolute|sticky|-webkit-sticky)\b", re.IGNORECASE)
_URL = re.compile(r"\b(?:url|src|image-set|-webkit-image-set)\s*\(([^()]*)\)?", re.IGNORECASE)
_TARGET = re.compile(
    r"^\s*[\"']?\s*(https?://[^\s\"'<>()]+|cid:[^\s\"'<>()]+|data:image/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]*)[\"']?\s*$",
    re.IGNORECASE,
)

#: Properties kept in ``style`` attributes. Not among them: what loads, runs, or lifts an element out of the flow.
PROPERTIES = frozenset(
    """background background-clip background-color background-image background-origin background-position
    background-repeat background-size border border-block border-bottom border-bottom-color
    border-bottom-left-radius border-bottom-right-radius border-bottom-style border-bottom-width border-collapse
    border-color border-inline border-left border-left-color border-left-style border-left-width border-radius
    border-right border-right-color border-right-style border-right-width border-spacing border-style border-top
    border-top-color border-top-left-radius border-top-right-radius border-top-style border-top-width border-width
    box-shadow box-sizing caption-side clear color column-count column-gap columns cursor direction display
    empty-cells flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float font font-family
    font-feature-settings font-size font-stretch font-style font-variant font-weight gap grid grid-column grid-row
    grid-template grid-template-columns grid-template-rows height hyphens justify-content align-content align-items
    align-self justify-items justify-self order letter-spacing line-break line-height list-style list-style-position
    list-style-type margin margin-block margin-bottom margin-inline margin-left margin-right margin-top max-height
    max-width min-height min-width mso-hide mso-line-height-rule object-fit object-position opacity orphans outline
    outline-color outline-style outline-width overflow overflow-wrap overflow-x overflow-y padding padding-block
    padding-bottom padding-inline padding-left padding-right padding-top page-break-after page-break-before
    page-break-inside quotes row-gap tab-size table-layout text-align text-align-last text-decoration
    text-decoration-color text-decoration-line text-decoration-style text-indent text-overflow text-shadow
    text-transform unicode-bidi vertical-align visibility white-space widows width word-break word-spacing word-wrap
    writing-mode -webkit-text-size-adjust -ms-text-size-adjust -webkit-font-smoothing""".split()
)


def clean_sheet(sheet: str) -> str:
    """Return a style sheet without imports, code, remote addresses of unknown kind and positioned overlays.

    No ``<`` is left in it, so that it cannot end the element it stands in; escapes go, for they hide the rest.
    """
    sheet = _ESCAPE.sub("", _COMMENT.sub("", sheet[:MAX_STYLES]))
    sheet = sheet.replace("<", "").replace("\\", "")
    # Removing something may join what stood beside it into something new, so until nothing is found.
    for _round in range(5):
        cleaned = _ACTIVE.sub("", _AT_RULE.sub("", sheet))
        if cleaned == sheet:
            break
        sheet = cleaned
    else:
        return ""
    sheet = _URL.sub(_url, _POSITION.sub("position:static", sheet))
    return sheet.strip()


def clean_targets(style: str) -> str:
    """Return declarations in which every address is one that a picture may have."""
    return _URL.sub(_url, _ESCAPE.sub("", _COMMENT.sub("", style)))


def _url(match: re.Match) -> str:
    target = _TARGET.match(match[1])
    return f'url("{target[1]}")' if target else "none"
