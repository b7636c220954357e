"""The words at the head of a column that mean a field.

English, Spanish, Portuguese, French and German throughout, and the phone, the status and the campaign in Italian,
Dutch, Polish, Swedish, Danish, Norwegian, Czech, Turkish and Russian too; all as `fold()` folds them: no case, accents,
spaces or punctuation. Each field has ranks: a header of an earlier rank is a better choice than one of a later rank (a
campaign's ID names one campaign exactly, its name may not); two headers of the same rank are equally good, and nobody
guesses between them.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from bulk_sync.model import fold

_PHONE_NOUNS = """phone; phone number; phone no; phone nr; telephone; telephone number; tel; tel no; telephone no;
    contact phone; lead phone; person phone; teléfono; número de teléfono; tlf; telf; telefone; número de telefone;
    fone; téléphone; numéro de téléphone; tél; telefon; telefonnummer; telefonnr; rufnummer; telefono;
    numero di telefono; telefoon; telefoonnummer; numer telefonu; nr telefonu; nr tel; telefonní číslo"""
_PHONE_PLACES = """home; work; business; office; other; main; primary; direct; landline; personal; private; day;
    daytime; evening; best; preferred; current; mobile; cell; person; contact; customer; client; lead; prospect;
    patient; member; guest; user; student; buyer; your; billing; casa; de casa; trabajo; del trabajo; de trabajo;
    oficina; móvil; celular; fijo; particular; principal; contacto; de contacto; del contacto; cliente; del cliente;
    otro; residencial; comercial; trabalho; do trabalho; fixo; pessoal; contato; de contato; do contato; do cliente;
    domicile; bureau; travail; professionnel; pro; personnel; perso; portable; fixe; privé; du client; du contact;
    privat; geschäftlich; arbeit; büro; dienstlich; mobil; handy; festnetz; zuhause; haupt; kunde; kontakt; weitere;
    ufficio; lavoro; fisso; cellulare; contatto; thuis; werk; zakelijk; mobiel; vast; mobiele; klant; domowy;
    służbowy; komórkowy; kom; prywatny; kontaktowy; klienta"""
"""Nouns that mean a phone, and what stands before or behind them: whose, where, or of what kind it is."""

_SECOND_ONE = (
    "alternate; alternative; alt; secondary; second; 2nd; backup; additional; alternativo; segundo; secundario"
)
"""What says of a number that it is not the first one to take."""

_WORDS: dict[str, tuple[str, ...]] = {
    "phone": (
        """phone; phone number; phone numbers; no de teléfono; no teléfono; no de telefone; no telefone; teléfonos;
        mobile phone no; n de portable; phone num; phone nbr; phone e164; e164; e164 phone; phones; phone primary;
        mobile; mobile number; mobile phone; mobile phone number; mobile no; mob; cell; cell number; cell phone;
        cellphone; cell phone number; cellular; tel nr; tel number; landline; landline number; msisdn; contact number;
        contact phone number; contact no; lead phone number; customer phone number; whatsapp; whatsapp number;
        to number; dial number; callee; home number; work number; office number;
        número teléfono; número telefónico; num teléfono; nro de teléfono; nro teléfono; n teléfono;
        móvil; número móvil; número de móvil; celular; número de celular; número celular; tfno; tlfno; tel móvil;
        tel celular; número de contacto; número de whatsapp;
        número telefone; número do telefone; telemóvel; número de telemóvel; número do celular; número do whatsapp;
        numéro téléphone; no de téléphone; n de téléphone; n téléphone; num téléphone; numéro de portable;
        numéro portable; portable; numéro de mobile; numéro mobile; gsm; tél portable; tél mobile; numéro de tél;
        mobile portable; ligne fixe;
        telefon nr; tel nummer; handy; handynummer; handynr; handy nr; mobil; mobilnummer; mobilnr; mobil nr;
        mobiltelefon; mobilfunk; mobilfunknummer; mobiltelefonnummer; festnetz; festnetznummer; kontaktnummer;
        privattelefon; geschäftstelefon; diensttelefon;
        cellulare; numero cellulare; numero di cellulare; numero telefonico; recapito telefonico; num tel; num telefono;
        mobiel; mobiele telefoon; mobiel nummer; telefoonnr; 06 nummer; komórka; telefon komórkowy; komórkowy;
        telefonnummer; telefonnr; mobilnummer; mobilnr; mobiltelefon; tlf; tlf nr; tlfnr; telefonní číslo; číslo
        telefonu; mobilní telefon; cep telefonu; telefon no; gsm no;
        телефон; номер телефона; тел; мобильный; мобильный телефон; сотовый; контактный телефон""",
    ),
    "id": (
        """contact id; contact uuid; contact identifier; id contact; id contacto; id de contacto; id del contacto;
        id contato; id do contato; id de contato; identifiant du contact; identifiant contact; id du contact; id
        de contact; kontakt id; kontakt uuid; kontaktnr id; crm contact id; guayaba id; guayaba contact id""",
        "id; uuid",
    ),
    "status": (
        """status; status neu; disposition; outcome; contact status; lead status; call status; call outcome; call
        disposition; call result; new status; status name; status code; disposition code; estado; estatus;
        estado del contacto; estado de contacto; estado contacto; estado de la llamada; nuevo estado;
        disposición; resultado; resultado de la llamada; situación; status do contato; estado do contacto;
        situação; novo status; disposição; resultado da chamada; resultado da ligação; statut; état; statut du
        contact; statut contact; nouveau statut; résultat; résultat de l appel; issue de l appel; kontaktstatus;
        neuer status; zustand; ergebnis; anrufstatus; anrufergebnis; gesprächsergebnis; stato; nuovo stato; esito; esito
        chiamata; stato del contatto; nieuwe status; belstatus; resultaat; status kontaktu; nowy status; wynik; stav;
        durum; статус""",
    ),
    "campaign": (
        """campaign id; campaign uuid; id campaign; new campaign id; id campaña; id de campaña; id de la campaña;
        campaña id; id campanha; id da campanha; id de campanha; campanha id; id campagne; id de campagne; id de
        la campagne; identifiant de campagne; identifiant de la campagne; campagne id; kampagnen id; kampagne
        id; kampagnenid; id campagna; id kampanii""",
        """campaign; campaign name; new campaign; target campaign; move to campaign; campaña; nombre de campaña;
        nombre de la campaña; nombre campaña; nueva campaña; campanha; nome da campanha; nome campanha; nova
        campanha; campagne; nom de campagne; nom de la campagne; nouvelle campagne; kampagne; kampagnenname;
        name der kampagne; neue kampagne; campagna; nome campagna; kampania; kampanj; kampaň; kampanya; кампания""",
    ),
    "name": (
        """name; full name; contact name; customer name; client name; lead name; display name; nombre; nombre
        completo; nombre y apellidos; nombre del contacto; nombre contacto; nome; nome completo; nome do
        contato; nome contato; nom; nom complet; nom et prénom; nom du contact; nom contact; vollständiger name;
        kontaktname; name des kontakts; kundenname""",
    ),
    "timezone": (
        """timezone; time zone; tz; tz name; tzname; iana timezone; timezone iana; iana time zone; contact
        timezone; timezone name; time zone name; zona horaria; huso horario; fuso horário; fuso; fuseau horaire;
        fuseau; zeitzone""",
    ),
    "country": (
        """country code; country iso; iso country; iso country code; country iso code; iso2; iso3; código de país;
        código país; código del país; código do país; code pays; code du pays; code iso pays; ländercode;
        landercode; länderkürzel; ländercode iso; landeskürzel""",
        """country; country region; country name; nation; país; nombre del país; nome do país; pays; nom du pays;
        land; ländername""",
    ),
    "code": (
        """phone code; phone country code; country phone code; country calling code; country dial code; country
        dialing code; country dialling code; calling code; call code; dial code; dialing code; dialling code;
        telephone code; telephone country code; tel code; tel country code; phone prefix; telephone prefix; country
        prefix; international prefix; international code; international dialing code; international dialling code;
        intl code; intl prefix; isd; isd code; idd; idd code; cc; ctry code; country code
        phone;
        prefijo internacional; prefijo país; prefijo de país; prefijo del país; prefijo telefónico; código
        telefónico; código de marcación; código de llamada; código internacional; clave internacional; clave de país;
        clave país; ddi; código ddi; código de discagem; prefixo internacional; prefixo do país; indicativo;
        indicativo país; indicativo del país; indicativo do país; indicativo internacional;
        indicatif; indicatif pays; indicatif du pays; indicatif téléphonique; indicatif international; préfixe
        international; préfixe téléphonique; préfixe pays; préfixe du pays;
        ländervorwahl; landesvorwahl; vorwahl land; länder vorwahl; internationale vorwahl; vorwahl international;
        auslandsvorwahl; landeskennzahl; länderkennzahl;
        prefisso internazionale; prefisso paese; landnummer; kierunkowy kraju; numer kierunkowy kraju""",
        "prefix; prefijo; prefixo; préfixe",
        "vorwahl; prefisso",
    ),
}

FIELDS = tuple(_WORDS)
"""Every field but the custom variables."""

VAGUE, VAGUER = 1, 2
"""The ranks of headers of calling codes that may head something else: the prefix of a name, more often an area code."""

_AREA_CODES = """area code; area; npa; std; std code; ddd; código ddd; lada; clave lada; código de área; código área;
    código de area; prefijo local; prefijo provincial; característica; indicatif régional; ortsvorwahl; netzvorwahl;
    vorwahlnummer; prefisso locale; netnummer; kengetal; numer kierunkowy; kierunkowy"""

_NOTHING = """col; column; columna; coluna; colonne; colonna; spalte; kolumne; kolom; kolumna; kolonne; kolumn; sloupec;
    sütun; столбец; field; campo; champ; feld; veld; pole; fält; felt; alan; поле; unnamed; untitled; no name;
    sin título; sin nombre; sem título; sans titre; senza titolo; unbenannt; ohne titel; header; heading; head;
    value; values; wert; werte; valor; valores; valeur; valeurs; data; daten; dato; datos; dados; données; number;
    numbers; num; no; nr; numero; numeros; número; números; numéro; numéros; nummer; nummern; n; var; v; x; f; c;
    item; none; null; nan; na; blank; empty; leer; vacío; vazio; vide; undefined; text; texto; texte; unnamed level"""

_LONGEST = 200
"""Characters; what is longer is no header but a text."""

_VARIABLE_PREFIXES = ("var.", "customvariables.", "custom_variables.", "custom variables.")


@lru_cache(4096)
def field_of(header: str) -> tuple[str, int] | None:
    """The field that a header names, and how well (0 is best); None where it names none.

    `var.email` and `customVariables.email` name the custom variable `email`, spelled as it stands. `Phone 2` and
    `Phone 1 - Value` name a phone, less well than `Phone` does.
    """
    text = header.strip()
    if len(text) > _LONGEST:
        return None
    for prefix in _VARIABLE_PREFIXES:
        if text.casefold().startswith(prefix) and text[len(prefix) :].strip():
            return f"var.{text[len(prefix) :].strip()}", 0
    folded = fold(text)
    if folded in _ranks():
        return _ranks()[folded]
    if _heads_phones(folded):
        return "phone", 0
    base = _DIGITS.sub("", _SECOND.sub("", _VALUE.sub("", folded)))
    is_phone = base != folded and (_ranks().get(base) == ("phone", 0) or _heads_phones(base))
    return ("phone", 1) if is_phone else None


def says_nothing(header: str) -> bool:
    """Whether a header is none: blank, a bare letter or number, a column's place ("col3", "Unnamed: 2"), "numbers"."""
    return len(header.strip()) == 1 or _DIGITS.sub("", fold(header)) in _folded(_NOTHING) | {""}


def heads_area_codes(header: str) -> bool:
    """Whether a column holds what is dialled between the country's code and the number, if it holds digits."""
    return fold(header) in _folded(_AREA_CODES)


def _heads_phones(folded: str) -> bool:
    places = _folded(_PHONE_PLACES)
    return any(
        (folded.startswith(noun) and folded[len(noun) :] in places)
        or (folded.endswith(noun) and folded[: -len(noun)] in places)
        or folded == noun
        for noun in _folded(_PHONE_NOUNS)
    )


@cache
def _folded(words: str) -> frozenset[str]:
    return frozenset(filter(None, map(fold, words.split(";"))))


@cache
def _ranks() -> dict[str, tuple[str, int]]:
    """Each folded header with its field and rank."""
    return {
        word: (field, rank)
        for field, spelled in _WORDS.items()
        for rank, words in enumerate(spelled)
        for word in _folded(words)
    }


_DIGITS = re.compile(r"\d+")
_VALUE = re.compile(r"(?:value|valor|valeur|wert|valore)s?$")
_SECOND = re.compile("^(?:{0})|(?:{0})$".format("|".join(sorted(_folded(_SECOND_ONE), key=len, reverse=True))))
