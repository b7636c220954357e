"""Which words at the head of a column mean which field?

English, Spanish, Portuguese, French and German, as `fold()` folds them: no case, accents, spaces or punctuation. Each
field has ranks: a header of an earlier rank is a better choice than one of a later rank (a campaign's ID names one
campaign exactly, its name may not); two headers of the same rank are equally good, and nobody guesses between them.
"""

from __future__ import annotations

from bulk_sync.model import fold

_WORDS: dict[str, tuple[str, ...]] = {
    "phone": (
        """phone; phone number; phone numbers; no de teléfono; no teléfono; no de telefone; no telefone; teléfonos;
        teléfono fijo; teléfono principal; tel móvil; tel celular; téléphone fixe; mobile phone no; n de
        portable; phone no; phone nr; phone num; phone nbr; phone e164; e164; e164 phone; phones; your phone;
        customer phone; customer phone number; lead phone; lead phone number; client phone; primary phone; main
        phone; phone primary; mobile; mobile number; mobile phone; mobile phone number; mobile no; mob; cell;
        cell number; cell phone; cellphone; cell phone number; cellular; tel; tel no; tel nr; tel number;
        telephone; telephone number; telephone no; msisdn; contact number; contact phone; contact phone number;
        contact no; whatsapp; whatsapp number; to number; dial number; callee; teléfono; número de teléfono;
        número teléfono; número telefónico; num teléfono; nro de teléfono; nro teléfono; n teléfono; teléfono
        móvil; teléfono celular; móvil; número móvil; número de móvil; celular; número de celular; número
        celular; tlf; tfno; telf; tlfno; teléfono contacto; teléfono de contacto; telefone; número de telefone;
        número telefone; número do telefone; telemóvel; número de telemóvel; telefone celular; número do
        celular; fone; telefone de contato; téléphone; numéro de téléphone; numéro téléphone; no de téléphone; n
        de téléphone; n téléphone; num téléphone; numéro de portable; numéro portable; téléphone portable;
        portable; téléphone mobile; numéro de mobile; numéro mobile; gsm; tél; tél portable; tél mobile; numéro
        de tél; telefon; telefonnummer; telefonnr; telefon nr; telefon nummer; tel nummer; handy; handynummer;
        handynr; handy nr; mobil; mobilnummer; mobilnr; mobil nr; mobiltelefon; mobilfunk; mobilfunknummer;
        mobiltelefonnummer; rufnummer; festnetz; festnetznummer; telefono; kontaktnummer""",
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
        neuer status; zustand; ergebnis; anrufstatus; anrufergebnis; gesprächsergebnis""",
    ),
    "campaign": (
        """campaign id; campaign uuid; id campaign; new campaign id; id campaña; id de campaña; id de la campaña;
        campaña id; id campanha; id da campanha; id de campanha; campanha id; id campagne; id de campagne; id de
        la campagne; identifiant de campagne; identifiant de la campagne; campagne id; kampagnen id; kampagne
        id; kampagnenid""",
        """campaign; campaign name; new campaign; target campaign; move to campaign; campaña; nombre de campaña;
        nombre de la campaña; nombre campaña; nueva campaña; campanha; nome da campanha; nome campanha; nova
        campanha; campagne; nom de campagne; nom de la campagne; nouvelle campagne; kampagne; kampagnenname;
        name der kampagne; neue kampagne""",
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
}

FIELDS = tuple(_WORDS)
"""Every field but the custom variables."""

_VARIABLE_PREFIXES = ("var.", "customvariables.", "custom_variables.", "custom variables.")


_RANKS = {
    fold(word): (field, rank)
    for field, ranks in _WORDS.items()
    for rank, words in enumerate(ranks)
    for word in words.split(";")
}


def field_of(header: str) -> tuple[str, int] | None:
    """The field that a header names, and how well (0 is best); None where it names none.

    `var.email` and `customVariables.email` name the custom variable `email`, spelled as it stands.
    """
    text = header.strip()
    for prefix in _VARIABLE_PREFIXES:
        if text.casefold().startswith(prefix) and text[len(prefix) :].strip():
            return f"var.{text[len(prefix) :].strip()}", 0
    return _RANKS.get(fold(text))
