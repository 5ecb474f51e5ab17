"""Threads with people whom nobody has put into the address book yet."""

from .model import Pdf, Pic, Thread

THREADS = (
    Thread(
        key="halftone-ies",
        subject="IES files for Dis and Fyr",
        start=17,
        script="""
== 0 12:50  yusuf > sales
Hello Northlight team,

We are lighting designers in Istanbul and would like to use the Dis 20 globe in a museum café. Your site has IES
files for the pendants but not for the globe. Do they exist? And is the glass available without the little
bubbles? (I like the bubbles. The museum does not.)

Yusuf Demir
Halftone Lighting Design

== 1 09:55  sales/tomas > yusuf
Hello Yusuf,

The file for the globe exists, it was only shy. It is online from today. On the bubbles we must disappoint the
museum: Mats blows the glass by mouth and says the bubbles are his signature. He can make fewer of them.

How many globes would it be, and when does the café open?

Best regards,
Tomás

== 3 15:20  yusuf > sales
Thank you Tomás! Forty globes, and the opening is in seven months, so there is time to educate the museum.

Could you send two with few bubbles and one with many? I will show the many first.

Yusuf

== 4 10:30  sales/tomas > yusuf
A clever order of things. Three globes leave on {+5}, at our cost. Where shall they go?

Tomás
""",
    ),
    Thread(
        key="vantage",
        subject="Lighting for three floors of a coworking space",
        start=11,
        papers={
            "printing-house": Pic("printing-house.png", "plan", 6),
        },
        script="""
== 0 15:05  sofie > sales
Hi Northlight,

I'm opening a coworking space in an old printing house in Amsterdam: three floors, 900 square metres, lots of
concrete. A friend has your lamps in her kitchen and I can't stop looking at them. Do you do whole buildings, or
only kitchens?

Sofie Jansen
Vantage Coworking

== 1 11:18  sales/hanna > sofie
Hi Sofie,

Kitchens, libraries, two ferries and a crematorium so far. A printing house would be lovely.

For concrete I would think of the Skog on the walls, because oak warms it up, and of Fyr in groups over the
shared tables. Could you send a floor plan and tell me which hours people work there? Evening people need other
light than morning people.

Hanna

== 3 10:44  sofie > sales  cc hanna  with printing-house  star
Floor plan attached! Mostly morning people, plus some game developers who I believe are asleep until two.

Budget is around 25k for the first floor; if that works we do the other two next year.

Sofie

== 5 14:14  sales/hanna > sofie
Sofie, that works. I would like to see the place before I draw anything. I am in Amsterdam next week anyway;
shall I come by on {+6} at ten? You will get an invitation in a minute.

Hanna
""",
    ),
    Thread(
        key="old-lamp",
        subject="A lamp from my mother",
        start=35,
        script="""
== 0 10:12  margaret > sales  star
Dear Sir or Madam,

My late mother had one of your table lamps by her chair for as long as I can remember. On the bottom it says
NORTHLIGHT GBG 1987 and the number 212. Sadly the glass broke when we moved. Is there any chance of getting a
new one? I do not mind what it costs, within reason, as I am retired.

Yours faithfully,
Margaret Ellis

== 1 09:44  sales/hanna > margaret  cc mats
Dear Mrs Ellis,

What a good letter to begin a day with. Number 212 is in our book: it left the workshop in October 1987 and went
to a shop in Bath. The glass was blown by the father of the man who blows it today, and the wooden mould is
still there.

He will make one for you with the next batch, in about a month. It costs 65 euros with the postage, and if you
send us the foot as well, Astrid will polish it for nothing.

With warm regards,
Hanna Lindqvist

== 1 13:30  mats > sales
I remember the mould, it has a crack that leaves a thin line in the glass. Shall I leave the line in?

Mats

== 2 11:03  margaret > sales  answers 1  star
Dear Miss Lindqvist,

I have read your letter to my sister over the telephone and we were both rather moved. Please leave the line in.
It was always there; as children we said it was a hair of the moon.

Margaret Ellis

== 34 16:40  margaret > sales  unread
Dear Miss Lindqvist,

The lamp is back by the chair, with its hair of the moon. I sat with it all evening and did not even switch on
the television. Thank you, and please thank the gentleman with the mould.

Margaret Ellis
""",
    ),
    Thread(
        key="wedding",
        subject="Wedding present, Saturday!",
        start=2,
        script="""
== 0 20:48  dylan > sales
Hi! Slightly panicked message: my best friends get married on Saturday and we (eleven of us) want to give them
the Polaris in brass. Your site says eight weeks. Is there one standing around somewhere? We'd take the one from
the window.

Dylan

== 1 09:06  sales/tomas > dylan
Hi Dylan,

Nothing stands around here, but one hangs in the meeting room. Astrid says it may go if you bring a photo of it
in its new home. It has had two years of meetings and no scratch. Price less 15 percent, and it can be in London
on Friday.

Shall I take it down?

Tomás

== 1 12:31  dylan > sales  star  unread
YES. Please take it down. You're legends, all eleven of us say so. Where do I pay?

Dylan
""",
    ),
    Thread(
        key="press",
        subject="Pictures for a story on northern light",
        start=23,
        script="""
== 0 16:18  ines > sales
Dear Northlight,

I am writing eight pages on Nordic workshops for Forma e Magazine and would love to show the spinning of a Fyr.
Would you have pictures in print quality, or may our photographer come? We close the issue on {+20}.

Inês Moura

== 1 09:25  sales/tomas > ines
Cara Inês,

Both. A folder with twelve pictures is on its way to you; the photographer is welcome on any day except
Wednesday, when we pour and nobody may talk to Astrid.

Tomás
""",
    ),
    Thread(
        key="intern",
        subject="Internship in the workshop?",
        start=16,
        papers={
            "Portfolio": Pdf(
                "Data sheet",
                "Portfolio Theo Lundgren",
                "Northlight AB",
                (("Lamp of folded steel, 2nd year project", 1, 0.0), ("Stool, ash, steam-bent", 1, 0.0)),
                currency="",
                issuer="Theo Lundgren",
                filename="Portfolio Theo Lundgren.pdf",
            ),
        },
        script="""
== 0 21:15  theo > sales  with Portfolio
Hello,

I study product design in my third year and would like to spend the spring with you. I can weld, I can turn, and
I have ruined enough brass to know what I do not know yet. My portfolio is attached.

Theo Lundgren

== 3 10:50  sales/hanna > theo  cc astrid
Hello Theo,

The line about the ruined brass got you past the first gate. Astrid would like to see the folded lamp in the
original. Could you come by on {+8} at three?

Hanna

== 3 11:02  theo > sales  cc astrid
Yes! I will be there with the lamp.

Theo
""",
    ),
    Thread(
        key="paper-lantern",
        subject="Nine boutique hotels, one lamp",
        start=0,
        script="""
== 0 07:52  grace > sales  star  unread
Dear Northlight,

Paper Lantern runs nine small hotels between Singapore and Penang. We are looking for one table lamp for all of
them, about 600 pieces over two years, and your Tuva is on a list of three.

Could you tell me what the humidity does to the linen, and whether you have anyone who speaks Mandarin? English
is fine too.

Kind regards,
Grace Liu
Head of design
""",
    ),
)
