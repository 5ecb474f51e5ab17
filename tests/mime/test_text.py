"""Text of HTML, and the words that stand for an email in a list."""

import pytest
from odoo.addons.concord_inbox.mime import sanitize, text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("a  lot\n of \t space", "a lot of space"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a b\nc d"),
        ("<a href='http://example.org/'>example.org</a>", "example.org"),
        ("<a href='http://example.org/x'>here</a>", "here <http://example.org/x>"),
        ("<a href='mailto:a@example.org'>write</a>", "write <a@example.org>"),
        ("<img alt='A cat' src='http://x/y.png'>", "A cat"),
        ("<img src='http://x/y.png'>", ""),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<blockquote>said<blockquote>before</blockquote></blockquote>mine", "> said\n>\n> > before\n\nmine"),
        ("&lt;b&gt; &amp; &euro;&nbsp;5", "<b> & € 5"),
        ("<style>p{}</style><script>x()</script><title>t</title>text", "text"),
        ("one<hr>two", "one\n\n------------------------------\n\ntwo"),
        ("<b>bo</b>ld", "bold"),
    ],
)
def test_from_html(html, expected):
    assert text.from_html(sanitize(html)) == expected


@pytest.mark.parametrize(
    ("flowed", "expected"),
    [
        ("a \nb", "a b"),
        ("a\nb", "a\nb"),
        ("> a \n> b \nc", "> a b \nc"),
        (">> a\n> b", ">> a\n> b"),
        (" >stuffed", ">stuffed"),
        ("-- \nname", "-- \nname"),
        ("a \n-- \nb", "a \n-- \nb"),
    ],
)
def test_unflow(flowed, expected):
    assert text.unflow(flowed) == expected


def test_unflow_without_the_blanks():
    assert text.unflow("日 \n本", delsp=True) == "日本"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hello there", "Hello there"),
        ("> quoted\n> more\n\nMy answer", "My answer"),
        ("On Mon, 4 Mar 2024 at 09:30, Anna <a@example.org> wrote:\n> quoted\n\nMy answer", "My answer"),
        ("On Mon, 4 Mar 2024 at 09:30, Anna Somebody <a@example.org>\nwrote:\n> quoted\n\nMy answer", "My answer"),
        ("Le lun. 4 mars 2024 à 09:30, Anna <a@example.org> a écrit :\n> cité\n\nMa réponse", "Ma réponse"),
        ("Am 04.03.2024 um 09:30 schrieb Anna:\n> Zitat\n\nMeine Antwort", "Meine Antwort"),
        ("2024年3月4日(月) 9:30 Anna <a@example.org>:\n> 引用\n\n返事です", "返事です"),
        ("My answer\n\n-----Original Message-----\nFrom: Anna\nSent: Monday\n\nOld words", "My answer"),
        ("My answer\n\nVon: Anna\nGesendet: Montag\nAn: Ben\n\nAlt", "My answer"),
        ("FYI\n---------- Forwarded message ---------\nFrom: A\nTo: B\n\nThe words", "FYI"),
        ("---------- Forwarded message ---------\nFrom: A\nTo: B\n\nThe words", "The words"),
        ("\u200c\u200c \u200c\u034f \u200b\u2007\ufeffHello\u00ad there", "Hello there"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner that means something
        ("👨\u200d👩\u200d👧 family", "👨\u200d👩\u200d👧 family"),
        ("🎉", "🎉"),
        ("====\n* * *\nReal words\n----", "Real words"),
        ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSigned words", "Signed words"),
        ("> only\n> a quote", "only a quote"),
        ("View this email in your browser <https://x.example/a?b>\n\nHello Ada", "Hello Ada"),
        ("News for you\n\nView in browser\nHello", "News for you Hello"),
        ("Can't see this email? View it online.\nHello", "Hello"),
        ("Trouble viewing this email? View it in your browser\nHello", "Hello"),
        ("Wird dieser Newsletter nicht richtig dargestellt? Im Browser ansehen\nHallo", "Hallo"),
        ("Im Browser öffnen <https://x.example>\nHallo", "Hallo"),
        ("Voir ce message dans votre navigateur\nBonjour", "Bonjour"),
        ("Ver este correo en el navegador\nHola", "Hola"),
        ("Visualizza questa email nel browser\nCiao", "Ciao"),
        ("Bekijk deze e-mail in je browser\nHallo", "Hallo"),
        ("View in browser", "View in browser"),
        (
            "Please view this email in your browser before we talk on Monday",
            "Please view this email in your browser before we talk on Monday",
        ),
        ("Words\n-- \nAnna\nSales", "Words"),
        ("", ""),
    ],
)
def test_snippet(body, expected):
    assert text.snippet(body) == expected


def test_snippet_is_cut_between_words():
    cut = text.snippet("lorem ipsum " * 100)
    assert len(cut) <= text.SNIPPET + 1
    assert cut.endswith(("lorem…", "ipsum…"))
