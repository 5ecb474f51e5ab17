"""Pictures that show nothing and only tell their sender that an email was read."""

import html
import re

_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_LENGTH = re.compile(r"\s*(\d{1,6}(?:\.\d+)?)\s*(?:px)?\s*$", re.IGNORECASE)
_STYLE_LENGTH = re.compile(
    r"(?:^|;)\s*(?:max-)?(width|height)\s*:\s*(\d+(?:\.\d+)?)(?:px|pt|em|%)?\s*(?:!\s*important)?\s*(?=;|$)",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)", re.IGNORECASE)

#: Hosts that serve nothing else, with all below them.
_HOSTS = frozenset(
    """2o7.net bananatag.com bat.bing.com beacon.krxd.net cirrusinsight.com ct.pinterest.com doubleclick.net emltrk.com
    getnotify.com google-analytics.com mailfoogae.appspot.com mailstat.us mailtrack.io omtrdc.net
    open.convertkit-mail.com open.convertkit-mail2.com open.convertkit-mail4.com pixel.monitor1.returnpath.net
    pixel.quantserve.com r.superhuman.com readnotify.com receipts.canarymail.io rs6.net saleshandy.com
    scorecardresearch.com sidekickopen.com sidekickopen1.com sidekickopen2.com sidekickopen3.com t.hsmsdd.com
    t.hubspotemail.net t.sidekickopen.com t.yesware.com track.getsidekick.com track.hubspot.com track.mixmax.com
    trackapp.io tracking.outreach.io via.intercom.io whoreadme.com""".split()
)
#: Hosts and paths of others, as they appear in an address without its scheme.
_PATHS = re.compile(
    r"""^(?:[^/?#]*\.)?(?:
      facebook\.com/tr\b
    | linkedin\.com/emimp/
    | twitter\.com/scribe/ | x\.com/i/u\?
    | ebay\.[a-z.]+/roveropen/
    | list-manage\d*\.com/track/open\.php | mandrillapp\.com/track/open\.php
    | awstrack\.me/I0/ | pstmrk\.it/open/ | mjt\.lu/oo/ | createsend\d*\.com/t/.*\.gif | cmail\d+\.com/t/.*/o\.gif
    | exct\.net/open\.aspx | exacttarget\.com/open\.aspx | customeriomail\.com/e/o/ | klclick\d*\.com/.*open
    | amazon\.[a-z.]+/gp/r\.html\?.*\bopen | sendibt\d*\.com/(?:im|tr/op)/
    )
    | ^[^/?#]*/(?:wf/open\?|trk/open\b|track/open\b|tracking/open\b|open\.aspx\?|lt\.php\?.*\bl=open|e3t/Cto/|e2t/o/
      |pixel\.gif\?|open\.gif\?|o\.gif\?|q/[\w~-]{8,}~~)""",
    re.IGNORECASE | re.VERBOSE,
)


def is_tracker(attributes: str) -> bool:
    """Whether the element ``img`` with these attributes (as the sanitiser writes them) is a tracking pixel."""
    values = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
    return is_known(values.get("src", "")) or _is_nothing_to_see(values)


def is_known(url: str) -> bool:
    """Whether an address is one of a known tracker."""
    address = re.sub(r"^\s*(?:https?:)?//", "", url, flags=re.IGNORECASE)
    host = re.split(r"[/?#:]", address, maxsplit=1)[0].lower()
    labels = host.split(".")
    return any(".".join(labels[at:]) in _HOSTS for at in range(len(labels) - 1)) or bool(_PATHS.match(address))


def _is_nothing_to_see(values: dict[str, str]) -> bool:
    style = values.get("style", "")
    if _HIDDEN.search(style):
        return True
    sizes = {name: float(found[1]) for name in ("width", "height") if (found := _LENGTH.match(values.get(name, "")))}
    sizes |= {name.lower(): float(size) for name, size in _STYLE_LENGTH.findall(style)}
    # Pictures of one pixel in one direction are lines and gaps of old layouts.
    return any(size == 0 for size in sizes.values()) or (len(sizes) == 2 and max(sizes.values()) <= 1)
