"""The contact fields: ONE table of what a column may mean, how its cells are read, and what the API calls it.

Columns, plans, request bodies, comparisons with what the API shows, the ledger's notes and the help follow from it. The
headers are English, Spanish, Portuguese, French and German throughout, and those of the phone, the status and the
campaign Italian, Dutch, Polish, Swedish, Danish, Norwegian, Czech, Turkish and Russian too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from bulk_sync.errors import Code

if TYPE_CHECKING:
    from bulk_sync.model import Columns


class Reading(Enum):
    """How a cell is read."""

    PHONE = auto()
    ID = auto()
    PLACE = auto()
    """A country, or a calling code."""
    STATUS = auto()
    CAMPAIGN = auto()
    TEXT = auto()
    TIMEZONE = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A contact field.

    `headers`: what heads its column, as `fold()` folds it, in ranks: a header of an earlier rank is a better choice (a
    campaign's ID names one campaign exactly, its name may not); two of the same rank are equally good, and nobody
    guesses between them. `noun` and `holds`: the field, and what its column holds, in words; `remark`: what the help
    says of it. `fault`: the code of a cell that cannot be used. `api_name`: what the API calls it in a contact; None:
    it only helps to read others. `longest`: the characters that the API takes, `too_long` the code of a text with more.
    `by_id_only`: in rows found by phone it means something only where `--map` names its column, for most sheets have
    it. `reschedules`: a new value changes when the contact is called.
    """

    name: str
    reading: Reading
    headers: tuple[str, ...]
    noun: str
    holds: str
    fault: Code
    api_name: str | None = None
    remark: str = ""
    longest: int | None = None
    too_long: Code = Code.UNREADABLE_ROW
    by_id_only: bool = False
    reschedules: bool = False


_TABLE = (
    Field(
        "phone",
        Reading.PHONE,
        (
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
        noun="number",
        holds="phone numbers",
        fault=Code.INVALID_PHONE,
        api_name="phoneNumber",
    ),
    Field(
        "id",
        Reading.ID,
        (
            """contact id; contact uuid; contact identifier; id contact; id contacto; id de contacto; id del contacto;
        id contato; id do contato; id de contato; identifiant du contact; identifiant contact; id du contact; id
        de contact; kontakt id; kontakt uuid; kontaktnr id; crm contact id; guayaba id; guayaba contact id""",
            "id; uuid",
        ),
        noun="ID",
        holds="contact IDs",
        fault=Code.INVALID_ID,
    ),
    Field(
        "status",
        Reading.STATUS,
        (
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
        noun="status",
        holds="statuses",
        fault=Code.UNKNOWN_STATUS,
        api_name="status",
    ),
    Field(
        "campaign",
        Reading.CAMPAIGN,
        (
            """campaign id; campaign uuid; id campaign; new campaign id; id campaña; id de campaña; id de la campaña;
        campaña id; id campanha; id da campanha; id de campanha; campanha id; id campagne; id de campagne; id de
        la campagne; identifiant de campagne; identifiant de la campagne; campagne id; kampagnen id; kampagne
        id; kampagnenid; id campagna; id kampanii""",
            """campaign; campaign name; new campaign; target campaign; move to campaign; campaña; nombre de campaña;
        nombre de la campaña; nombre campaña; nueva campaña; campanha; nome da campanha; nome campanha; nova
        campanha; campagne; nom de campagne; nom de la campagne; nouvelle campagne; kampagne; kampagnenname;
        name der kampagne; neue kampagne; campagna; nome campagna; kampania; kampanj; kampaň; kampanya; кампания""",
        ),
        noun="campaign",
        holds="campaigns",
        fault=Code.UNKNOWN_CAMPAIGN,
        api_name="campaignId",
    ),
    Field(
        "name",
        Reading.TEXT,
        (
            """name; full name; contact name; customer name; client name; lead name; display name; nombre; nombre
        completo; nombre y apellidos; nombre del contacto; nombre contacto; nome; nome completo; nome do
        contato; nome contato; nom; nom complet; nom et prénom; nom du contact; nom contact; vollständiger name;
        kontaktname; name des kontakts; kundenname""",
        ),
        noun="name",
        holds="names",
        fault=Code.UNREADABLE_ROW,
        api_name="name",
        longest=255,
        too_long=Code.NAME_TOO_LONG,
        by_id_only=True,
    ),
    Field(
        "timezone",
        Reading.TIMEZONE,
        (
            """timezone; time zone; tz; tz name; tzname; iana timezone; timezone iana; iana time zone; contact
        timezone; timezone name; time zone name; zona horaria; huso horario; fuso horário; fuso; fuseau horaire;
        fuseau; zeitzone""",
        ),
        noun="time zone",
        holds="time zones",
        fault=Code.INVALID_TIMEZONE,
        api_name="timezone",
        by_id_only=True,
        reschedules=True,
    ),
    Field(
        "country",
        Reading.PLACE,
        (
            """country code; country iso; iso country; iso country code; country iso code; iso2; iso3; código de país;
        código país; código del país; código do país; code pays; code du pays; code iso pays; ländercode;
        landercode; länderkürzel; ländercode iso; landeskürzel""",
            """country; country region; country name; nation; país; nombre del país; nome do país; pays; nom du pays;
        land; ländername; nazione; země; ülke; страна""",
        ),
        noun="country",
        holds="countries",
        fault=Code.UNKNOWN_COUNTRY,
    ),
    Field(
        "code",
        Reading.PLACE,
        (
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
        noun="calling code",
        holds="calling codes",
        fault=Code.UNKNOWN_COUNTRY,
        remark="calling codes beside the numbers",
    ),
)

FIELDS = {field.name: field for field in _TABLE}
"""Every field but the custom variables, by its name."""

WHO = ("id", "country", "code", "phone")
"""The fields that say who is meant, in the order in which their faults are told; those of the others come behind."""

TEXTS = {field.name: field for field in _TABLE if field.api_name and field.reading in {Reading.TEXT, Reading.TIMEZONE}}
"""The fields of a contact that are text and no more: no other row, and no rule of ours, depends on what they say."""

VARIABLE = Field(
    "variables",
    Reading.TEXT,
    (),
    noun="value",
    holds="custom variables",
    fault=Code.INVALID_VARIABLES,
    api_name="customVariables",
)
"""A custom variable, whose column is called `var.NAME`."""

VAR = "var."

_ORDER = (*WHO, *(name for name in FIELDS if name not in WHO))


def told_as(name: str) -> int:
    """The place of a field's fault among those of its row: the first gives the row its code. Variables come last."""
    return _ORDER.index(name) if name in FIELDS else len(_ORDER)


def unused_fields(columns: Columns) -> frozenset[str]:
    """The fields that change no contact of a table without IDs, as nobody has named their columns."""
    by_id_only = frozenset(name for name, field in FIELDS.items() if field.by_id_only)
    return frozenset() if "id" in columns.fields else by_id_only - columns.by_hand


def in_words() -> str:
    """The names that a person may use for fields, as the help lists them."""
    names = (f"{each.name} ({each.remark})" if each.remark else each.name for each in _TABLE)
    return ", ".join((*names, f"{VAR}NAME"))
