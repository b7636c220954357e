"""Which words at the head of a column mean which field? In English, Spanish, Portuguese, French and German."""

import pytest

from bulk_sync.fields import FIELDS
from bulk_sync.model import fold
from bulk_sync.sources.synonyms import field_of, says_nothing

HEADERS = {
    "phone": """phone; Phone; PHONE; Phone Number; phone_number; phoneNumber; PhoneNumber; Phone #; Phone No.;
        Phone (E.164); Mobile; Mobile Phone; Mobile Number; mobile_phone; cell; Cell Phone; Cell #; Tel; Tel.;
        Telephone; Telephone Number; MSISDN; msisdn; Contact Number; Contact Phone; Customer Phone; Lead Phone;
        Primary Phone; WhatsApp; Teléfono; Telefono; TELÉFONO; Número de teléfono; Numero de telefono;
        Nº de teléfono; N° de teléfono; Nro. de teléfono; Móvil; Celular; Teléfono móvil; Teléfono celular; Tfno.;
        Telefone; Número de telefone; Nº de telefone; Telemóvel; Número de celular; Téléphone; Numéro de téléphone;
        N° de téléphone; Nº de téléphone; No. de téléphone; Tél.; Portable; Telefon; Telefonnummer; Telefon-Nr.;
        Tel.-Nr.; Handy; Handynummer; Handy-Nr.; Mobilnummer; Mobiltelefon; Rufnummer; Festnetznummer""",
    "id": """id; ID; Id; uuid; contact id; Contact ID; contactId; contact_id; ContactID; CONTACT-ID; Contact UUID;
        ID de contacto; ID contacto; ID del contacto; ID do contato; ID du contact; Identifiant du contact;
        Kontakt-ID; KontaktID""",
    "status": """status; Status; STATUS; disposition; Disposition; outcome; Call Outcome; Call Status; Contact Status;
        contact_status; Lead Status; New Status; Estado; Estatus; Estado del contacto; Nuevo estado; Resultado;
        Disposición; Estado do contacto; Status do contato; Situação; Novo status; Statut; Statut du contact;
        Nouveau statut; État; Résultat; Kontaktstatus; Neuer Status; Ergebnis""",
    "campaign": """campaign; Campaign; Campaign ID; campaignId; campaign_id; Campaign Name; New campaign; Target
        campaign; Campaña; CAMPAÑA; ID de campaña; Nombre de campaña; Nombre de la campaña; Nueva campaña; Campanha;
        ID da campanha; Nome da campanha; Nova campanha; Campagne; ID de campagne; Nom de la campagne; Kampagne;
        Kampagnen-ID; Kampagnenname; Name der Kampagne""",
    "name": """name; Name; Full Name; full_name; Contact Name; Customer Name; Nombre; Nombre completo;
        Nombre y apellidos; Nome; Nome completo; Nom; Nom complet; Nom et prénom; Kundenname""",
    "timezone": """timezone; Time Zone; time_zone; tz; TZ; timeZone; Zona horaria; Huso horario; Fuso horário;
        Fuseau horaire; Zeitzone""",
    "country": """country; Country; Country Code; countryCode; country_code; ISO Country; País; Pais; Código de país;
        Pays; Code pays; Land; Ländercode; Nation""",
    "code": """phone_code; Phone Code; Dial Code; dialCode; Calling Code; Country Calling Code; Phone Country Code;
        ISD Code; Prefix; Prefijo; Prefijo internacional; DDI; Prefixo; Indicatif; Indicatif pays; Ländervorwahl;
        Landesvorwahl; Vorwahl; Prefisso internazionale""",
}
CASES = [(" ".join(header.split()), field) for field, headers in HEADERS.items() for header in headers.split(";")]


@pytest.mark.parametrize(("header", "field"), CASES)
def test_a_header_names_its_field(header, field):
    found = field_of(header)
    assert found is not None
    assert found[0] == field


@pytest.mark.parametrize(("header", "field"), CASES[::7])
def test_case_spaces_accents_and_punctuation_do_not_matter(header, field):
    for spelling in (header.upper(), f"  {header}  ", header.replace(" ", "_"), header.replace(" ", "-"), f"{header}:"):
        assert field_of(spelling)[0] == field


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("var.email", "email"),
        ("VAR.Email", "Email"),
        ("var. email ", "email"),
        ("customVariables.email", "email"),
        ("CustomVariables.first name", "first name"),
        ("custom_variables.plan", "plan"),
        ("var.phone", "phone"),
        ("var.a.b", "a.b"),
        (" var.naïve ", "naïve"),
    ],
)
def test_a_custom_variable_keeps_its_name_as_it_is_spelled(header, name):
    assert field_of(header) == (f"var.{name}", 0)


NAME_NOTHING = """; var.; variable; email; notes; Status date; Phone type; Campaign budget; Company name; First name;
    Last name; Product ID; Lead ID; Agent ID; Country of birth; sync_phone; sync_result; Phone 1 - Type;
    Phone 2 - Label; Home Fax; Assistant's Phone; Agent phone; Customer number; Phone date; CEP; area code;
    4155552671; #; 停止"""


@pytest.mark.parametrize("header", [*map(str.strip, NAME_NOTHING.split(";")), " ", "var. "])
def test_other_headers_name_nothing(header):
    assert field_of(header) is None


SECOND = """Phone 1 - Value; Phone 2 - Value; Phone 2; phone1; Home Phone 2; Mobile 2; Teléfono 2; Téléphone 1;
    Telefon 2; Alternate Phone; alt_phone; Secondary Phone; 2nd phone; Phone (2)"""


@pytest.mark.parametrize("header", SECOND.split(";"))
def test_a_second_number_is_a_phone_that_gives_way_to_a_first(header):
    assert field_of(" ".join(header.split())) == ("phone", 1)


FIRST = """Home Phone; Business Phone; Mobile Phone; Primary Phone; Person - Phone - Work; Telefon (privat);
    Telefon geschäftlich; Téléphone (domicile); Tél. mobile; Teléfono del trabajo; Teléfono particular; Telefone
    comercial; Cellulare; Numero di telefono; Telefoonnummer; Numer telefonu; Telefonní číslo;
    Mobilnummer"""


@pytest.mark.parametrize("header", FIRST.split(";"))
def test_whose_number_it_is_and_where_makes_no_first_one(header):
    assert field_of(" ".join(header.split())) == ("phone", 0)


SAY_NOTHING = """; A; 7; #; F1; col3; Column1; Spalte 1; Columna1; Coluna2; Colonne 1; Field1; Feld 2; Unnamed: 0;
    numbers; Number; Nummer; Header 1; Sin título; none; NaN"""


@pytest.mark.parametrize("header", SAY_NOTHING.split(";"))
def test_a_header_may_say_nothing(header):
    assert says_nothing(header)


@pytest.mark.parametrize("header", ["owner_id", "fax", "what", "Notes", "Order number", "Phone", "Kunde", "A1 plan"])
def test_a_header_may_say_something_that_nobody_knows(header):
    assert not says_nothing(header)


def test_no_word_means_two_fields():
    seen = {}
    for field, known in FIELDS.items():
        for rank, words in enumerate(known.headers):
            for word in words.split(";"):
                assert seen.setdefault(fold(word), (field, rank)) == (field, rank), word
    assert "" not in seen
    assert set(FIELDS) == {"phone", "id", "status", "campaign", "name", "timezone", "country", "code"}
