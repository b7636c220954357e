"""Which cells say "never again" in words of their own? And none that says it not, or not quite."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.plan import status
from bulk_sync.plan.spelling import _NEGATIONS, _PREFIXES, words
from bulk_sync.plan.status import says_never_again

PHRASES = sorted(status._phrases())
COURTESIES = sorted(status._COURTESIES)
NOS = sorted(_NEGATIONS)


def listed(text):
    return [each for each in (" ".join(part.split()) for part in text.split(";")) if each]


TAKEN_BACK = """
    no longer; not any longer; was; was not; used to be; ended; revoked; withdrawn; over; until monday; yet;
    today; if busy; before 9; after 17; sms; email only; removed from; except mornings; opt in; nicht mehr auf;
    aufgehoben; noch; heute; bis montag; plus sur; annulé; aujourd'hui; encore; ya no; todavía; hoy; hasta el
    lunes; cancelado; já não; hoje; ainda; false; 0; n; nope; undo; cancel; don't; don’t; didn’t; never; nie;
    jamás; nunca; não; pas"""

SAYS = """
    Opt out; OPT-OUT; opted out; STOP; Stop!; stop.; please stop; stop calling me please; remove me; Remove me
    from your list; take me off the list; never call; never call again; customer asked to be removed; do not
    contact; DO NOT CALL!!; don't call me again; don’t call; do-not-call list; unsubscribe; no more calls;
    blacklisted; customer opted out; nicht mehr anrufen; bitte nicht anrufen; nie wieder; Nie wieder anrufen!;
    keine Anrufe mehr; Kunde will keine Anrufe; rufen Sie mich nicht mehr an; Stopp; ne pas appeler; ne plus
    appeler svp; NE PAS RAPPELER; plus jamais; arrêtez de m'appeler; ne m'appelez plus; no llamar; no llamar
    más; por favor no llamar; no me llamen más; nunca más; dar de baja; BAJA; não ligar; nao ligar mais; não me
    ligue mais; nunca mais; por favor não ligar; parem de ligar; SAIR"""

SAYS_NOT = """
    not opt out; don't stop; non-stop; nonstop; no stop; never stop calling; do not stop calling; not
    do-not-call; no longer do-not-call; no longer do not call; no do not call; opt in; opt-out: no; opt out?;
    opt out = 0; un-opt-out; de-blacklisted; unblacklisted; not blacklisted; was DNC list; remove from do not
    call list; removed from the do not call list; off the do not call list; opt out of the do not call list; ≠
    opt out; ¬stop; !stop; ❌ stop; ☐ opt out; s̶t̶o̶p̶; [ ] stop; do not call before 9; do not call today; do
    not call yet; call; call again; call me; stop by; bus stop; stop SMS; opted out of emails; please call; do
    call; nicht nicht anrufen; noch nicht anrufen; heute nicht anrufen; kein Stopp; kein Opt-out; nicht
    abgemeldet; nicht aufhören anzurufen; anrufen; nicht vergessen anrufen; nicht anrufen vor 10; ne pas ne plus
    appeler; n'arrêtez pas d'appeler; ne pas arrêter d'appeler; pas d'opposition; pas encore; appeler; pas
    désinscrit; ne pas désinscrire; no dejen de llamar; no deje de llamar; no dar de baja; sin baja; no no
    llamar; llamar; no baja; todavía no llamar; no llamar hoy; não parar de ligar; não pare de ligar; não deixe
    de ligar; não sair; ligar; não não ligar; não ligar hoje; nem sair; active; VM; stop active; never; no; 12;
    no contact; plus d'appels; sin llamadas; prioridad baja"""


@pytest.mark.parametrize("text", listed(SAYS))
def test_never_again_is_understood_in_five_languages(text):
    assert says_never_again(text)


@pytest.mark.parametrize("text", ["", " ", "don\u00b4t stop", *listed(SAYS_NOT)])
def test_what_does_not_say_it_or_takes_it_back_is_not(text):
    assert not says_never_again(text)


def test_no_courtesy_says_no_nor_begins_an_opposite():
    assert not set(COURTESIES) & {*NOS, *_PREFIXES}


def test_no_phrase_is_longer_than_is_looked_for():
    assert max(map(len, PHRASES)) <= status._LONGEST


@given(st.sampled_from(PHRASES), st.lists(st.sampled_from(COURTESIES), max_size=3), st.booleans())
def test_courtesies_change_nothing(phrase, beside, in_front):
    said = [*beside, *phrase] if in_front else [*phrase, *beside]
    assert says_never_again(" ".join(said).upper())


@given(
    st.sampled_from(PHRASES),
    st.sampled_from([*NOS, *listed(TAKEN_BACK)]),
    st.lists(st.sampled_from(COURTESIES), max_size=3),
    st.data(),
)
def test_no_negation_is_crossed_wherever_it_stands(phrase, no, beside, data):
    at = data.draw(st.sampled_from([0, len(beside)]), label="phrase at")
    said = [*beside[:at], " ".join(phrase), *beside[at:]]
    said.insert(data.draw(st.integers(0, len(said)), label="negation at"), no)
    text = " ".join(said)
    assert not says_never_again(text) or is_one_phrase_still(words(text))


@given(st.sampled_from(PHRASES), st.sampled_from("≠¬!❌☐✗~0?/=<>()[]{}#*\u0336\u0338"), st.booleans())
def test_no_sign_that_may_cross_it_out_is_crossed(phrase, sign, in_front):
    text = " ".join(phrase)
    text = f"{sign}{text}" if in_front else f"{text[0]}{sign}{text[1:]}"
    assert not says_never_again(text)


@given(st.text(max_size=30))
def test_any_text_has_an_answer(text):
    assert says_never_again(text) in {True, False}


def is_one_phrase_still(said):
    """Whether the negation has become part of another phrase: "no" before "llamadas" is what the phrase says."""
    spans = (said[at:to] for at in range(len(said)) for to in range(at + 1, len(said) + 1))
    return any(
        tuple(span) in status._phrases()
        and any(word in _NEGATIONS for word in span)
        and sum(word in _NEGATIONS for word in span) == sum(word in _NEGATIONS for word in said)
        for span in spans
    )
