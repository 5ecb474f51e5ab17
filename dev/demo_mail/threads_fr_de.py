"""Threads in French and German."""

from .model import Pdf, Pic, Thread

_SAINT_JUST = (("SKOG-W applique murale, chêne et laiton", 36, 155.0),)

THREADS = (
    Thread(
        key="saint-just",
        subject="Appliques pour l'hôtel Saint-Just",
        start=55,
        lang="fr",
        folder={"sales": "Clients/Été 2026"},
        papers={
            "élévation": Pic("élévation chambre 12.png", "plan", 14),
            "Q-2038": Pdf("Quote", "Q-2038", "Atelier Bertin", _SAINT_JUST, filename="Devis Q-2038.pdf"),
        },
        script="""
== 0 10:22  camille > sales
Bonjour,

Nous aménageons un hôtel de dix-huit chambres sur la colline Saint-Just et nous cherchons une applique pour les
têtes de lit : deux par chambre, lumière chaude, interrupteur sur l'appareil. Votre modèle Skog nous plaît
beaucoup. Pourriez-vous nous indiquer le prix pour 36 pièces et le délai de livraison ?

Bien cordialement,
Camille Bertin

== 1 09:40  sales/luc > camille  cc tomas
Bonjour Camille,

Merci de votre message. La Skog existe avec un interrupteur à tirette en cuir, que les clients adorent et que
les enfants tirent cent fois par jour : il est prévu pour.

Pour 36 pièces, comptez six semaines. Souhaitez-vous le chêne clair ou le chêne fumé ? Je peux vous envoyer un
échantillon de chaque, sans frais.

Bien à vous,
Luc

== 3 17:05  etienne > sales  cc camille  with élévation
Bonjour Luc,

Le chêne fumé, sans hésiter : les murs seront en chaux blanche. Je joins l'élévation d'une chambre. La prise
arrive à 1,10 m du sol, est-ce que cela va avec votre platine ?

Étienne Leroy

== 4 11:11  sales/luc > etienne  cc camille  with Q-2038
Bonjour Étienne,

C'est parfait, la platine couvre le boîtier avec quatre millimètres de marge de chaque côté. Vous trouverez
notre devis en pièce jointe ; il est valable deux mois et comprend la livraison à Lyon.

Luc

== 16 08:50  camille > sales  star
Bonjour Luc,

Les échantillons sont arrivés, le propriétaire a choisi le fumé lui aussi. Il demande seulement si la tirette
peut être en rouge brique, pour rappeler les volets.

Belle journée,
Camille

== 16 14:27  sales/luc > camille
Camille, le rouge brique n'est pas au catalogue, mais notre sellier d'à côté a justement une peau de cette
couleur. Ce sera fait, sans supplément. Dès votre accord, nous lançons la fabrication.

Luc

== 53 18:12  camille > sales  unread
Bonsoir Luc,

Bonne nouvelle : le propriétaire signe vendredi. Il voudrait aussi quatre suspensions Fyr pour la salle du petit
déjeuner. Pouvez-vous compléter le devis avant jeudi soir ?

Merci d'avance et bonne soirée,
Camille
""",
    ),
    Thread(
        key="facture-3344",
        subject="Relance : facture INV-3344",
        start=11,
        lang="fr",
        papers={
            "INV-3344": Pdf(
                "Invoice",
                "INV-3344",
                "Atelier Bertin",
                (("SKOG-W applique murale, chêne et laiton", 12, 155.0),),
                filename="Facture INV-3344.pdf",
            ),
        },
        script="""
== 0 10:36  tomas > helene  cc sales  with INV-3344
Bonjour Hélène,

Sauf erreur de notre part, la facture INV-3344 (1 860,00 €) est échue depuis un mois et demi. Je la joins à
nouveau, au cas où elle se serait perdue en route. Pourriez-vous me dire où elle en est ?

Bien à vous,
Tomás

== 0 15:02  helene > tomas  cc sales
Bonjour Tomás,

Toutes mes excuses, elle avait été imputée au mauvais chantier et attendait une signature qui ne serait jamais
venue. Le virement part demain matin.

Cordialement,
Hélène Garçon
""",
    ),
    Thread(
        key="petit-phare",
        subject="Une lampe pour Le Petit Phare",
        start=2,
        lang="fr",
        script="""
== 0 09:58  antoine > sales
Bonjour,

Je tiens un restaurant de vingt-quatre couverts au Croisic, face au port. J'ai vu votre suspension Fyr chez un
ami à Nantes et je n'en dors plus. Il m'en faudrait cinq au-dessus du comptoir, mais le plafond est très bas :
2,25 m. Est-ce raisonnable ?

Bien cordialement,
Antoine Mercier

== 1 10:15  sales/luc > antoine
Bonjour Antoine,

Fyr veut dire « phare » en suédois : vous ne pouviez pas mieux tomber. Sous 2,25 m, je prendrais le petit
modèle, suspendu court, à 1,60 m du comptoir. Personne ne s'y cognera, sauf peut-être un basketteur.

Combien mesure le comptoir, et de quelle couleur est le bois ?

Luc

== 1 16:44  antoine > sales  unread
Quatre mètres vingt, en zinc, avec un bord en pin que mon grand-père a posé. Et je n'ai qu'un seul client
basketteur, il mange assis.

Antoine
""",
    ),
    Thread(
        key="mueller-fyr",
        subject="Nachbestellung Fyr 28",
        start=50,
        lang="de",
        folder={"sales": "Kunden/Müller"},
        papers={
            "B-10472": Pdf(
                "Purchase order",
                "B-10472",
                "Northlight AB",
                (("Fyr 28, Messing", 16, 260.0), ("Fyr 28, Schwarz", 8, 260.0)),
                issuer="Leuchten Müller GmbH",
                filename="Bestellung B-10472 (Müller).pdf",
            ),
            "SO-1163": Pdf(
                "Order confirmation",
                "SO-1163",
                "Leuchten Müller GmbH",
                (("FYR-28 pendant, brass", 16, 260.0), ("FYR-28 pendant, black", 8, 260.0)),
                filename="Auftragsbestätigung SO-1163.pdf",
            ),
        },
        script="""
== 0 08:36  katrin > sales
Guten Morgen,

die Fyr 28 läuft bei uns im Geschäft besser als gedacht, wir haben nur noch drei Stück. Bitte bieten Sie uns 24
weitere an, davon acht in Schwarz. Schaffen Sie eine Lieferung bis {+35}? In der Woche darauf ist bei uns
Hausmesse, und da sollen sie alle hängen.

Mit freundlichen Grüßen
Katrin Böhm

== 0 13:50  sales/tomas > katrin
Guten Tag Frau Böhm,

vielen Dank, das freut uns sehr! 16 Stück in Messing liegen am Lager, die acht schwarzen sind in vier Wochen
fertig. Wir könnten alles zusammen liefern oder die Messingleuchten sofort. Was ist Ihnen lieber?

Bitte verzeihen Sie mein Deutsch, es stammt aus einem Sommer in Münster.

Mit freundlichen Grüßen
Tomás Ferreira

== 1 09:12  katrin > sales  with B-10472  star
Lieber Herr Ferreira,

Ihr Deutsch ist besser als das meines Mannes. Bitte alles zusammen, dann haben wir nur eine Anlieferung. Die
Bestellung hängt an.

Viele Grüße
Katrin Böhm

== 1 11:30  sales/tomas > katrin  with SO-1163
Danke! Die Auftragsbestätigung finden Sie im Anhang.

Viele Grüße nach Köln
Tomás Ferreira

== 36 17:20  jurgen > sales
Sehr geehrter Herr Ferreira,

die Lieferung ist heute pünktlich eingetroffen. Ich habe die erste Leuchte selbst über die Kasse gehängt und sie
zwei Stunden später verkauft. So darf es weitergehen.

Mit besten Grüßen
Jürgen Müller
""",
    ),
    Thread(
        key="mueller-schaden",
        subject="Transportschaden Karton 7",
        start=13,
        lang="de",
        folder={"sales": "Kunden/Müller"},
        papers={
            "Schaden": Pic("Schaden Karton 7 groß.png", "lamp", 11),
        },
        script="""
== 0 07:48  stefan > sales  cc katrin  with Schaden
Guten Morgen,

beim Auspacken ist uns aufgefallen, dass Karton 7 eine eingedrückte Ecke hat. Der Schirm darin ist verbeult,
siehe Foto. Der Fahrer hat den Schaden auf dem Lieferschein vermerkt.

Gruß aus dem Lager
Stefan Groß

== 0 10:09  sales/tomas > stefan  cc katrin
Guten Tag Herr Groß,

danke für die schnelle Meldung und den Vermerk, das hilft uns bei der Versicherung. Ein neuer Schirm geht heute
noch auf die Reise. Den verbeulten dürfen Sie behalten; mit einem Holzhammer und etwas Geduld wird er ein
Einzelstück.

Viele Grüße
Tomás Ferreira

== 4 08:05  stefan > sales  cc katrin
Der Schirm ist da, alles bestens. Das Einzelstück hängt jetzt in unserer Kaffeeküche.

Stefan Groß
""",
    ),
    Thread(
        key="birgit",
        subject="Welche Leuchte für einen sehr langen Esstisch?",
        start=3,
        lang="de",
        script="""
== 0 21:30  birgit > sales
Liebes Northlight-Team,

mein Mann hat einen Esstisch gebaut, 3,40 Meter lang, und nun sitzen wir daran im Dunkeln. Lieber eine Polaris
in der Mitte oder drei Fyr nebeneinander? Wir spielen oft Karten und werden langsam weitsichtig.

Herzliche Grüße aus Freiburg
Birgit Schäfer

== 1 10:20  sales/tomas > birgit
Liebe Frau Schäfer,

für Kartenspieler ganz klar drei Fyr 28, im Abstand von 85 cm und 62 cm über dem Tisch. So sieht jeder sein
Blatt und niemand das des Nachbarn.

Herzliche Grüße
Tomás Ferreira

== 3 20:55  birgit > sales  unread
Drei also! Mein Mann war für die Polaris, aber er hat beim Kartenspielen verloren. Wo können wir die Leuchten in
der Nähe von Freiburg ansehen?

Birgit Schäfer
""",
    ),
)
