"""Which folder is Sent, Drafts, Trash, Junk and Archive, where the server does not say so: by the usual names.

The names are those that mail programs and providers give to these folders in their users' languages.
"""

import unicodedata

#: role -> names, the likelier first (case does not matter).
NAMES: dict[str, tuple[str, ...]] = {
    "sent": (
        *("Sent", "Sent Items", "Sent Messages", "Sent Mail", "Sent-Mail", "Sent Email"),
        *("Envoyés", "Éléments envoyés", "Messages envoyés", "Courrier envoyé", "Courriers envoyés"),
        *("Gesendet", "Gesendete Objekte", "Gesendete Elemente", "Gesendete Nachrichten", "Gesendete Mails"),
        *("Enviados", "Elementos enviados", "Mensajes enviados", "Correo enviado"),
        *("Inviati", "Posta inviata", "Messaggi inviati", "Elementi inviati", "Inviata"),
        *("Enviadas", "Itens enviados", "Mensagens enviadas", "E-mails enviados", "Correio enviado"),
        *("Verzonden", "Verzonden items", "Verzonden berichten", "Verzonden objecten"),
        *("Wysłane", "Elementy wysłane", "Wysłane wiadomości", "Отправленные", "Отправленные письма"),
        *("Надіслані", "Відправлені", "Изпратени", "Skickat", "Skickade objekt", "Skickade meddelanden", "Skickade"),
        *("Sendt", "Sendt post", "Sendte elementer", "Sendte beskeder", "Sendte meldinger", "Sendte"),
        *("Lähetetyt", "Lähetetyt viestit", "Odeslané", "Odeslaná pošta", "Odeslané zprávy"),
        *("Odoslané", "Odoslaná pošta", "Elküldött", "Elküldött elemek", "Elküldött üzenetek", "Elküldöttek"),
        *("Gönderilmiş", "Gönderilmiş öğeler", "Gönderilenler", "Gönderilen", "Gönderilmiş postalar"),
        *("Trimise", "Elemente trimise", "Mesaje trimise", "Απεσταλμένα", "Enviats", "Elements enviats"),
        *("送信済み", "送信済みアイテム", "送信済みトレイ", "送信済みメール", "送信トレイ"),
        *("已发送", "已发送邮件", "已发邮件", "已发送的邮件", "寄件備份", "已傳送", "已傳送的郵件", "已寄出"),
        *("보낸 편지함", "보낸편지함", "보낸 메일함", "보낸메일함", "보낸 항목", "보낸 메일"),
        *("المرسلة", "العناصر المرسلة", "البريد المرسل", "الرسائل المرسلة", "المرسل", "נשלח", "פריטים שנשלחו"),
        *("ส่งแล้ว", "Đã gửi", "Thư đã gửi", "Terkirim", "भेजे गए"),
    ),
    "drafts": (
        *("Drafts", "Draft", "Brouillons", "Brouillon", "Entwürfe", "Entwurf", "Borradores", "Borrador"),
        *("Bozze", "Bozza", "Rascunhos", "Rascunho", "Concepten", "Wersje robocze", "Kopie robocze", "Szkice"),
        *("Черновики", "Чернетки", "Чернови", "Utkast", "Kladder", "Udkast", "Kladd", "Luonnokset"),
        *("Koncepty", "Rozepsané", "Rozpísané", "Piszkozatok", "Vázlatok", "Taslaklar", "Ciorne", "Schițe"),
        *("Πρόχειρα", "Esborranys", "下書き", "下書きメール", "草稿", "草稿箱", "草稿匣", "草稿夹"),
        *("임시 보관함", "임시보관함", "임시 보관 메일", "المسودات", "مسودات", "טיוטות", "ร่างจดหมาย", "ฉบับร่าง"),
        *("Bản nháp", "Thư nháp", "Draf", "ड्राफ़्ट"),
    ),
    "trash": (
        *("Trash", "Deleted Items", "Deleted Messages", "Deleted", "Bin", "Wastebasket", "Waste", "Trash Can"),
        *("Corbeille", "Éléments supprimés", "Messages supprimés", "Supprimés"),
        *("Papierkorb", "Gelöschte Objekte", "Gelöschte Elemente", "Gelöscht", "Gelöschte Nachrichten"),
        *("Papelera", "Elementos eliminados", "Papelera de reciclaje", "Eliminados"),
        *("Cestino", "Posta eliminata", "Elementi eliminati", "Eliminata"),
        *("Lixeira", "Lixo", "Itens excluídos", "Itens eliminados", "Reciclagem", "Excluídos"),
        *("Prullenbak", "Prullenmand", "Verwijderde items", "Verwijderd"),
        *("Kosz", "Elementy usunięte", "Usunięte", "Корзина", "Удаленные", "Удалённые", "Кошик", "Видалені", "Кошче"),
        *("Papperskorgen", "Borttaget", "Borttagna objekt", "Papirkurv", "Slettet post", "Slettede elementer"),
        *("Papirkurven", "Roskakori", "Poistetut", "Koš", "Odstraněná pošta", "Odstraněné", "Kôš", "Odstránené"),
        *("Kuka", "Lomtár", "Törölt elemek", "Törölt", "Çöp kutusu", "Çöp", "Silinmiş öğeler", "Silinenler"),
        *("Coș de gunoi", "Elemente șterse", "Gunoi", "Κάδος", "Απορρίμματα", "Διαγραμμένα", "Paperera"),
        *("ゴミ箱", "ごみ箱", "削除済みアイテム", "已删除", "已删除邮件", "已删除的邮件", "废件箱", "垃圾箱", "回收站"),
        *("垃圾桶", "刪除的郵件", "已刪除的郵件", "已刪除", "資源回收筒", "휴지통", "지운 편지함", "지운편지함"),
        *("المهملات", "سلة المهملات", "العناصر المحذوفة", "المحذوفة", "אשפה", "פריטים שנמחקו", "ถังขยะ", "Thùng rác"),
        *("Sampah", "ट्रैश"),
    ),
    "junk": (
        *("Junk", "Spam", "Junk E-mail", "Junk Email", "Junk Mail", "Bulk Mail", "Bulk", "Suspected Spam"),
        *("Indésirables", "Courrier indésirable", "Indésirable", "Pourriel", "Pourriels"),
        *("Spamverdacht", "Junk-E-Mail", "Unerwünscht", "Unerwünschte Werbung", "Werbung"),
        *("Correo no deseado", "No deseado", "Posta indesiderata", "Indesiderata"),
        *("Lixo eletrônico", "Lixo eletrónico", "Lixo electrónico", "Correio não solicitado"),
        *("Ongewenste e-mail", "Ongewenst", "Wiadomości-śmieci", "Niechciane", "Спам", "Нежелательная почта"),
        *("Skräppost", "Skräp", "Uønsket mail", "Uønsket post", "Uønsket e-mail", "Søppelpost", "Roskaposti"),
        *("Nevyžádaná pošta", "Nevyžádané", "Nevyžiadaná pošta", "Levélszemét", "Kéretlen"),
        *("Önemsiz", "Önemsiz e-posta", "İstenmeyen", "Gereksiz", "Mesaje nedorite", "Nedorite", "Ανεπιθύμητα"),
        *("Correu brossa", "迷惑メール", "垃圾邮件", "垃圾郵件", "스팸", "스팸 편지함", "스팸편지함", "스팸메일함"),
        *("정크 메일", "البريد العشوائي", "البريد المزعج", "البريد غير الهام", "غير مرغوب", "דואר זבל", "ספאם"),
        *("อีเมลขยะ", "Thư rác", "स्पैम"),
    ),
    "archive": (
        *("Archive", "Archives", "Archived", "Archiv", "Archivo", "Archivados", "Archivio", "Archiviati"),
        *("Arquivo", "Arquivos", "Arquivados", "Archief", "Archiwum", "Архив", "Архів", "Arkiv", "Arkisto"),
        *("Archív", "Archívum", "Arşiv", "Arhivă", "Arhiva", "Αρχείο", "Arxiu", "アーカイブ", "归档", "存档"),
        *("封存", "典藏", "보관함", "보관", "أرشيف", "الأرشيف", "ארכיון"),
    ),
}


def normalise(name: str) -> str:
    """A name as it is compared: composed, without case, marks of right-to-left writing or double spaces."""
    name = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(c for c in name if unicodedata.category(c) != "Cf").split())


_RANKS: dict[str, list[tuple[str, int]]] = {}
for _role, _names in NAMES.items():
    for _rank, _name in enumerate(_names):
        _RANKS.setdefault(normalise(_name), []).append((_role, _rank))


def guesses(name: str) -> list[tuple[str, int]]:
    """(role, rank) for each role that a folder of this name may have; the lower rank is the likelier."""
    return _RANKS.get(normalise(name), [])
