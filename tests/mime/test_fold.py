# ruff: noqa: E501 (emails and pages stand as they are written)
"""What is quoted and what signs, told from what was written."""

import time

import pytest
from odoo.addons.concord_inbox.mime import fold, forwarded, quoted, sanitize, text_of

from .test_quote import APPLE, GMAIL, OUTLOOK, OUTLOOK_WEB, PROTON, THUNDERBIRD, YAHOO


def kinds(pieces):
    return {kind: "".join(one.content for one in pieces if one.kind == kind) for kind in {one.kind for one in pieces}}


def of_text(text):
    pieces = fold.pieces_of_text(text)
    assert "".join(one.content for one in pieces) == text
    return kinds(pieces)


def of_html(html):
    clean = sanitize(html)
    pieces = fold.pieces_of_html(clean)
    assert "".join(text_of("".join(one.content for one in pieces)).split()) == "".join(text_of(clean).split())
    # Each piece is whole, or the elements would end where they should not.
    for one in pieces:
        assert sanitize(one.content) == one.content
    return kinds(pieces)


ATTRIBUTIONS = [
    "On Mon, 4 Mar 2024 at 09:30, Anna <a@example.org> wrote:",
    "On Monday, 4 March 2024 at 09:30:12 CET, Anna Somebody With Names\n<anna.somebody@example.org> wrote:",
    "Am Mo., 4. März 2024 um 09:30 Uhr schrieb Anna <a@example.org>:",
    "Am 04.03.2024 um 09:30 schrieb Anna:",
    "Le lun. 4 mars 2024 à 09:30, Anna <a@example.org> a écrit :",
    "Il giorno lun 4 mar 2024 alle ore 09:30 Anna <a@example.org> ha scritto:",
    "El lun, 4 mar 2024 a las 9:30, Anna (<a@example.org>) escribió:",
    "Em seg., 4 de mar. de 2024 às 09:30, Anna <a@example.org> escreveu:",
    "Op ma 4 mrt 2024 om 09:30 schreef Anna <a@example.org>:",
    "Den mån 4 mars 2024 kl 09:30 skrev Anna <a@example.org>:",
    "pon., 4 mar 2024 o 09:30 Anna <a@example.org> napisał(a):",
    "po 4. 3. 2024 v 9:30 odesílatel Anna <a@example.org> napsal:",
    "пн, 4 мар. 2024 г. в 09:30, Anna <a@example.org>:",
    "4 мар. 2024 г., в 09:30, Anna <a@example.org> написал(а):",
    "2024年3月4日(月) 9:30 Anna <a@example.org>:",
    "Anna <a@example.org> 于2024年3月4日周一 09:30写道：",
    "Anna <a@example.org>, 4 Mar 2024 Pzt, 09:30 tarihinde şunu yazdı:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_attributions_above_a_quote_in_text(attribution):
    quote = f"{attribution}\n> old words\n>\n> > older ones\n"
    assert of_text(f"My answer\n\n{quote}") == {"written": "My answer\n\n", "quote": quote}


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_attributions_above_a_quote_in_html(attribution):
    escaped = attribution.replace("<", "&lt;").replace(">", "&gt;")
    found = of_html(f"<p>My answer</p><div>{escaped}</div><blockquote>old words</blockquote>")
    assert text_of(found["written"]) == "My answer"
    assert text_of(found["quote"]).startswith(attribution.split("\n")[0][:20])


HEADERS = [
    "-----Original Message-----\nFrom: Anna\nSent: Monday\n",
    "-----Ursprüngliche Nachricht-----\nVon: Anna\n",
    "-------- Message d'origine --------\nDe : Anna\n",
    "________________________________\nFrom: Anna <a@x.example>\nSent: Monday, 4 March\nTo: Ben\nSubject: Offer\n",
    "Von: Anna <a@x.example>\nGesendet: Montag\nAn: Ben\nBetreff: Angebot\n",
    "De : Anna <a@x.example>\nEnvoyé : lundi\nÀ : Ben\nObjet : Offre\n",
    "De: Anna\nEnviado el: lunes\nPara: Ben\nAsunto: Oferta\n",
    "Da: Anna\nInviato: lunedì\nA: Ben\nOggetto: Offerta\n",
    "Van: Anna\nVerzonden: maandag\nAan: Ben\nOnderwerp: Offerte\n",
    "От: Anna\nОтправлено: понедельник\nКому: Ben\nТема: Предложение\n",
    "Od: Anna\nWysłano: poniedziałek\nDo: Ben\nTemat: Oferta\n",
    "发件人: Anna\n发送时间: 2024年3月4日\n收件人: Ben\n主题: 报价\n",
    "差出人: Anna\n送信日時: 2024年3月4日\n宛先: Ben\n件名: 見積\n",
]


@pytest.mark.parametrize("header", HEADERS)
def test_emails_quoted_whole(header):
    quote = f"{header}\nOld words\nin lines\n"
    assert of_text(f"My answer\n\n{quote}") == {"written": "My answer\n\n", "quote": quote}
    html = "".join(f"<p>{line or '<br>'}</p>" for line in quote.replace("<", "&lt;").split("\n"))
    found = of_html(f"<div><p>My answer</p>{html}</div>")
    assert text_of(found["written"]) == "My answer"
    assert "Old words" in found["quote"]


@pytest.mark.parametrize("html", [GMAIL, APPLE, THUNDERBIRD, OUTLOOK_WEB, OUTLOOK, YAHOO, PROTON])
def test_quotes_of_programs(html):
    found = of_html(html)
    assert text_of(found["written"]).strip("-\n ") == "Fine"
    assert "old" in found["quote"]


def test_our_own_quote():
    found = of_html("<p>Fine</p>" + quoted("<p>old</p>", "", "Ben wrote:"))
    assert text_of(found["written"]) == "Fine"
    assert text_of(found["quote"]).startswith("Ben wrote:")


@pytest.mark.parametrize(
    "text",
    [
        "Just words\n\nin two paragraphs",
        "> only\n> a quote",
        "On Monday, Anna wrote:\n> what?\n\nThis.\n\n> and then?\n\nThat.",
        "Anna wrote:\n> Will you come?\n\nYes, with pleasure.\n\nBen",
        "See below.\n\n---------- Forwarded message ---------\nFrom: A\nDate: Mon\nSubject: x\n\nThe words",
        "---------- Forwarded message ---------\nFrom: A\nDate: Mon\nSubject: x\n\nThe words",
        "FYI\n\n-------- Weitergeleitete Nachricht --------\nVon: A\nDatum: Mo\nBetreff: x\n\nDie Worte",
        "Begin forwarded message:\n\nFrom: A\nSubject: x\nDate: Mon\n\nThe words",
        "From: Anna\nSent: Monday\nTo: Ben\nSubject: Offer\n\nNothing above it",
        "A journey:\nFrom: Berlin\nTo: Munich\nDate: Monday\n\nPlease tell me what it costs.",
        "Yesterday Anna wrote:\nwe want three.\n\nSo do we.",
        "",
    ],
)
def test_what_is_no_history_stays(text):
    assert set(of_text(text)) <= {"written"}


@pytest.mark.parametrize(
    "html",
    [
        "<p>Nothing quoted</p>",
        '<blockquote type="cite">old</blockquote><p>Answer below</p>',
        "<p>One says:</p><blockquote>a saying</blockquote>",
        "<blockquote type=cite>nothing else</blockquote>",
        # Gmail, answered between the lines.
        '<div>See below</div><div class="gmail_quote"><div class="gmail_attr">On x, B wrote:</div>'
        '<blockquote class="gmail_quote">Will you come?</blockquote><div>Yes.</div>'
        '<blockquote class="gmail_quote">When?</blockquote><div>At noon.</div></div>',
        # Apple Mail, too.
        '<div>See below</div><blockquote type="cite">Will you come?</blockquote><div>Yes.</div>'
        '<blockquote type="cite">When?</blockquote>',
        # Forwards of Gmail, Thunderbird, Apple Mail and ours.
        '<div>FYI</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>'
        "From: A<br>Date: Mon<br>Subject: x<br></div>The words</div>",
        '<p>FYI</p><div class="moz-forward-container">-------- Forwarded Message --------<br>The words</div>',
        '<div>FYI</div><div><blockquote type="cite"><div>Begin forwarded message:</div><div>From: A</div></blockquote></div>',
        "<p>FYI</p>" + forwarded([("From", "A")], "<p>The words</p>", ""),
        # An email of Outlook that has nothing of its own.
        '<div><div style="border-top:solid #E1E1E1 1.0pt"><p>From: B</p></div><p>old</p></div>',
        "",
    ],
)
def test_what_is_no_history_stays_in_html(html):
    assert set(of_html(html)) <= {"written"}


# ---------------------------------------------------------------- answers between the lines

#: What Anna wrote, as Outlook sends it.
ASKED = (
    '<div class="WordSection1"><p class="MsoNormal">Dear Ben,<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
    '<p class="MsoNormal">Will you come on Monday?<o:p></o:p></p><p class="MsoNormal">And how many lamps do you need?<o:p></o:p></p>'
    '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Best wishes<o:p></o:p></p>'
    '<p class="MsoNormal"><span style="color:#C00000">Anna Berg, Northlight</span> <a href="https://n.example/">n.example</a></p></div>'
)
ASKED_TEXT = "Dear Ben,\n\nWill you come on Monday?\nAnd how many lamps do you need?\n\nBest wishes\nAnna Berg, Northlight n.example<https://n.example/>\n"
HEADER = (
    '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">'
    "<b>From:</b> Anna Berg &lt;anna@n.example&gt; <br><b>Sent:</b> Monday, March 4, 2024 9:30 AM<br><b>To:</b> Ben &lt;ben@x.example&gt;"
    "<br><b>Subject:</b> Lamps<br><b>Importance:</b> High<o:p></o:p></p></div></div>"
)


def outlook(written, quoted, header=HEADER):
    """An answer as Outlook sends it: all of it in one element, the quote without one of its own."""
    style = (
        "<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt; font-family:Calibri} a:link {color:#0563C1} --></style>"
    )
    return f'{style}<div class="WordSection1"><p class="MsoNormal">{written}</p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>{header}{quoted}</div>'


def with_answer(answer, quoted=ASKED):
    after = "Will you come on Monday?<o:p></o:p></p>"
    assert after in quoted
    return quoted.replace(after, after + answer)


def folded(html, *earlier):
    return "quote" in {one.kind for one in fold.pieces_of_html(sanitize(html), [(sanitize(h), t) for h, t in earlier])}


RED = '<p class="MsoNormal"><span style="color:red">Yes, at noon.<o:p></o:p></span></p>'


@pytest.mark.parametrize(
    "answer",
    [
        RED,
        '<p class="MsoNormal"><span style="color:#1F497D">Yes</span></p>',
        '<p class="MsoNormal"><span lang="EN-US" style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif;color:#0070C0">Yes</span></p>',
        '<p class="MsoNormal"><span style="color:rgb(0, 176, 80)">Yes</span></p>',
        '<p class="MsoNormal"><font color="#ff0000">Yes</font></p>',
        '<p class="MsoNormal"><span style="background:yellow;mso-highlight:yellow">Yes</span></p>',
        '<p class="MsoNormal"><b><i><span>[Ben Roth] </span></i></b>Yes</p>',
    ],
)
def test_answers_between_the_lines_of_a_quote_that_nobody_knows(answer):
    quoted = with_answer(answer, ASKED.replace(' style="color:#C00000"', ""))
    assert folded(outlook("Hello Anna,", ASKED.replace(' style="color:#C00000"', "")))
    assert not folded(outlook("Hello Anna,", quoted))
    # Gmail and Apple Mail leave one in the quote as well.
    inside = f'<div class="gmail_quote"><div class="gmail_attr">On x, Anna wrote:<br></div><blockquote class="gmail_quote">{quoted}</blockquote></div>'
    assert not folded(f"<div>Hello Anna,</div><br>{inside}")


@pytest.mark.parametrize("known", [(ASKED, ASKED_TEXT), (ASKED, ""), ("", ASKED_TEXT)])
def test_what_is_in_no_earlier_email_is_the_writers(known):
    assert folded(outlook("Hello Anna,", ASKED), known)
    # Without any colour, in one word, at the beginning, in the middle of a line and at the end.
    for whole in (
        with_answer('<p class="MsoNormal">Yes</p>'),
        ASKED.replace("Dear Ben,", "Fine! Dear Ben,"),
        ASKED.replace("on Monday?", "on Monday? yes And"),
        ASKED.replace("do you need?", "do you need? 12"),
        ASKED.replace("</a>", "</a><br>PS: twelve"),
    ):
        assert not folded(outlook("Hello Anna,", whole), known), whole


def test_colours_of_the_quoted_email_are_no_answers():
    """The signature is red: whoever does not know the email cannot tell, whoever knows it can."""
    assert not folded(outlook("Hello Anna,", ASKED))
    assert folded(outlook("Hello Anna,", ASKED), (ASKED, ""))
    # An email that is blue as a whole, above one that is black.
    blue = '<p class="MsoNormal"><span style="color:#1F497D">We take ten.</span></p>'
    plain = ASKED.replace(' style="color:#C00000"', "")
    assert folded(outlook("Hello Anna,", blue + HEADER + plain))
    assert not folded(outlook("Hello Anna,", blue + HEADER + with_answer(RED, plain)))


@pytest.mark.parametrize(
    "above",
    [
        '<table style="background:#FFEB9C"><tr><td>CAUTION: This email comes from outside of the organization. Do not click links.</td></tr></table>',
        "<div>[EXTERNAL]</div>",
        "<div>You don't often get email from anna@n.example. <a href='https://aka.example'>Learn why this is important</a></div>",
        "<div>Sie erhalten nicht oft E-Mails von anna@n.example.</div>",
    ],
)
def test_what_mail_servers_and_programs_add_is_no_answer(above):
    assert folded(outlook("Hello Anna,", above + ASKED), (ASKED, ""))
    text = f"Hello Anna,\n\n-----Original Message-----\nFrom: Anna\nSent: Monday\nSubject: Lamps\n\n{ASKED_TEXT}"
    # Broken anew, with a picture in words, and with what a mailing list puts below.
    text = (
        text.replace("come on Monday?\nAnd", "come\non Monday? And")
        + f"[cid:image001.png@01DA]\n{'_' * 47}\nOur list\n"
    )
    assert {one.kind for one in fold.pieces_of_text(text, [(ASKED, "")])} == {"written", "quote"}
    answered = text.replace("on Monday?", "on Monday?\nYes\n")
    assert {one.kind for one in fold.pieces_of_text(answered, [(ASKED, "")])} == {"written"}
    assert {one.kind for one in fold.pieces_of_text(answered)} == {"written", "quote"}
    commented = text.replace("on Monday?", "on Monday?\n[Ben] Yes\n")
    assert {one.kind for one in fold.pieces_of_text(commented)} == {"written"}


@pytest.mark.parametrize(
    "words",
    ["Please see my answers below.", "Meine Antworten in Rot:", "Antworten siehe unten", "Mes réponses ci-dessous", "En rojo",
     "Rispondo di seguito", "Zie hieronder", "Svar nedan", "Odpowiedzi poniżej", "Ответы ниже", "回复如下"],
)  # fmt: skip
def test_who_points_below_means_it(words):
    plain = ASKED.replace(' style="color:#C00000"', "")
    assert folded(outlook("Fine", plain))
    assert not folded(outlook(words, plain))
    assert not folded(outlook(words, ASKED), (ASKED, ""))
    # Answers are seen beside lines that are marked.
    assert "quote" in of_text(f"{words}\n\nAnna wrote:\n> Will you come?\n")


def test_what_may_be_quoted_is_asked_for_only_where_something_is():
    def asked():
        raise AssertionError
        yield

    fold.pieces_of_html(sanitize("<p>Words</p>"), asked())
    fold.pieces_of_text("Words\n\nAnna wrote:\n> Will you come?\n", asked())


def test_signatures_of_text():
    assert of_text("Words\n\n-- \nAnna\nSales\n") == {"written": "Words\n\n", "signature": "-- \nAnna\nSales\n"}
    found = of_text("Words\n-- \nAnna\n\nOn Monday, Ben wrote:\n> old\n> -- \n> Ben")
    assert found == {
        "written": "Words\n",
        "signature": "-- \nAnna\n\n",
        "quote": "On Monday, Ben wrote:\n> old\n> -- \n> Ben",
    }
    # Below the quote, as some like it, and what a mailing list adds.
    footer = "-- \nAnna\n"
    assert footer in of_text(f"Words\n\n> old\n\n{footer}")["quote"]
    assert "list" in of_text(f"Words\n\n> old\n\n{'_' * 47}\nA mailing list\nhttps://x.example/\n")["quote"]


def test_what_is_below_a_line_of_dashes_is_not_always_a_signature():
    assert set(of_text("-- \nAnna")) == {"written"}
    assert set(of_text("Words\n--\n" + "a line\n" * 30)) == {"written"}


@pytest.mark.parametrize(
    "html",
    [
        '<p>Words</p><div class="gmail_signature">Anna<br>Sales</div>',
        '<p>Words</p><div class="moz-signature">-- <br>Anna<br>Sales</div>',
        '<p>Words</p><div id="x_Signature">Anna<br>Sales</div>',
        "<div><p>Words</p><p>-- <br>Anna</p><p>Sales</p></div>",
    ],
)
def test_signatures_of_html(html):
    found = of_html(html)
    assert text_of(found["written"]) == "Words"
    assert "Sales" in found["signature"]
    found = of_html(html + '<div>On Monday, Ben wrote:<br></div><blockquote type="cite">old</blockquote>')
    assert text_of(found["written"]) == "Words"
    assert "Sales" in found["signature"] and "old" not in found["signature"]
    assert "old" in found["quote"]


def test_words_below_a_signature_stay():
    found = of_html('<p>Words</p><div class="gmail_signature">Anna</div><p>PS: more</p>')
    assert text_of(found["written"]).split() == ["Words", "PS:", "more"]
    assert text_of(found["signature"]) == "Anna"


def test_elements_that_are_cut_through_begin_anew():
    html = '<table><tr><td style="color:red"><p>Words</p><p><b>From:</b> A<br>Sent: Monday<br>Subject: x</p><p>old</p></td></tr></table>'
    found = of_html(html)
    assert found["written"].endswith("<p>Words</p></td></tr></tbody></table>")
    assert found["quote"].startswith('<table><tbody><tr><td style="color:red"><p><b>From:</b>')


@pytest.mark.parametrize(
    "html",
    [
        "<div><p>words</p>" + "<blockquote>" * 300 + "<p>a<br>b</p>" * 20_000,
        "<p>words</p>" + "<blockquote>a</blockquote>b<br>" * 10_000,
        "<div>words" * 200 + "<hr>" * 20_000,
        '<p>words</p><div class="gmail_quote">' + "<blockquote>a</blockquote>" * 20_000 + "</div>",
        '<div class="gmail_signature">a</div>b' * 10_000,
        '<p>words</p><div id="divRplyFwdMsg">a</div>' + '<font color="black">a' * 100 + "<b>a</b><br>" * 20_000,
        '<p>words</p><div id="divRplyFwdMsg">a</div>' + "From: a<br>Sent: b<br>Subject: c<br>d<br>" * 5_000,
        "<p>" + "-" * 200_000 + "x</p><p>From: a</p>" * 3,
    ],
)
def test_emails_made_to_take_long_in_html(html):
    clean = sanitize(html)
    start = time.process_time()
    fold.pieces_of_html(clean, [(clean, text_of(clean)[:100_000])] * 20)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "text",
    [
        "> a\nb\n" * 100_000,
        "-" * 500_000 + "x",
        "=- " * 200_000 + "x",
        "From: a\n" * 100_000,
        "-- \na\n" * 100_000,
        "a\n" * 200_000 + ":\n> b",
    ],
)
def test_texts_made_to_take_long(text):
    start = time.process_time()
    fold.pieces_of_text(text)
    assert time.process_time() - start < 3
