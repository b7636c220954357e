# ruff: noqa: RUF001  # the letters that look like others are the point
import codecs

import pytest

from bulk_sync.errors import BadInput
from bulk_sync.sources.codec import Codec, exact
from bulk_sync.sources.encoding import detect, given, latin_page
from bulk_sync.sources.input_file import InputFile


@pytest.fixture
def file(file):
    """Writes a file and opens it: `file(data, name="a.csv", encoding="utf-8")`."""
    return lambda *given, **how: InputFile.at(file(*given, **how))


SPANISH = (
    "teléfono,nombre,nota\n1,José Muñoz,¿Cuándo llamar? Mañana\n2,María Núñez,cumpleaños\n3,Iñaki Pérez,él llamó\n"
)
PORTUGUESE = "telefone,nome\n1,João Gonçalves\n2,Conceição Araújo\n3,Antônio Simões\n4,Lígia Brandão\n"
FRENCH = "téléphone,nom\n1,Éloïse Lefèvre\n2,François Noël\n3,Maëlle Côté\n4,à l'hôtel\n"
GERMAN = "Telefon,Name\n1,Jürgen Müller\n2,Käthe Weiß\n3,Österreich Größe\n4,Schröder\n"
DANISH = "tlf,navn\n1,Søren Sørensen\n2,Åse Bjørnskær\n"
POLISH = "telefon,nazwisko\n1,Paweł Wójcik\n2,Małgorzata Dąbrowska\n3,Łukasz Błaszczyk\n4,Krzyś Gęś\n"
CZECH = "telefon,jméno\n1,Jiří Dvořák\n2,Tomáš Novák\n3,Přemysl Čech\n4,Růžena Šťastná\n"
HUNGARIAN = "telefon,név\n1,Győző Kővári\n2,Erzsébet Szűcs\n3,Tímea Fülöp\n4,Péter Hegedűs\n"
TURKISH = "telefon,ad\n1,Ayşe Yılmaz\n2,Çağrı Öztürk\n3,İbrahim Güneş\n4,Gülşen Işık\n"
RUSSIAN = (
    "телефон,имя,заметка\n1,Иван Петров,позвонить завтра\n2,Мария Сидорова,не звонить больше\n"
    "3,Ольга Кузнецова,перезвонить вечером\n4,Дмитрий Смирнов,новый клиент\n"
)
GREEK = "τηλέφωνο,όνομα\n1,Γιώργος Παπαδόπουλος\n2,Μαρία Νικολάου\n3,Ελένη Ιωάννου καλέστε αύριο το πρωί\n"
HEBREW = (
    "טלפון,שם,הערה\n1,משה כהן,להתקשר שוב מחר בבוקר\n2,שרה לוי,הלקוחה ביקשה לא להתקשר יותר\n"
    "3,דוד מזרחי,קנה את המוצר ומרוצה מאוד\n"
)
JAPANESE = (
    "電話番号,名前,メモ\n03-1234-5678,田中太郎,明日電話してください\n090-1111-2222,鈴木花子,株式会社テスト\n"
    "080-2222-3333,佐藤一郎,もう電話しないでください\n"
)
CHINESE = (
    "电话,姓名,备注\n13800138000,张伟,明天再打电话\n13900139000,王芳,不要再联系我了\n13700137000,李娜,已经购买了产品\n"
)
KOREAN = "전화번호,이름,메모\n010-1234-5678,김철수,내일 다시 전화\n010-2222-3333,이영희,더 이상 전화하지 마세요\n"

WESTERN = (SPANISH, PORTUGUESE, FRENCH, GERMAN, DANISH)
CASES = [
    *((text, page) for text in WESTERN for page in ("cp1252", "mac-roman") if text is not DANISH or page == "cp1252"),
    *((text, page) for text in (SPANISH, PORTUGUESE, GERMAN) for page in ("cp850",)),
    *((text, page) for text in (POLISH, CZECH, HUNGARIAN) for page in ("cp1250", "cp852")),
    *((POLISH, "iso8859-2"), (TURKISH, "cp1254"), (GREEK, "cp1253"), (HEBREW, "cp1255")),
    *((RUSSIAN, page) for page in ("cp1251", "koi8-r", "cp866")),
    *((JAPANESE, page) for page in ("shift_jis", "cp932", "euc_jp")),
    *((CHINESE, "gb18030"), (CHINESE, "gbk"), (KOREAN, "cp949")),
]


@pytest.mark.parametrize(("text", "page"), CASES)
def test_text_of_a_code_page_reads_as_it_was_written(file, text, page):
    path = file(text, encoding=page)
    codec = detect(path)
    with codec.reading(path) as lines:
        assert "".join(codec.said([line])[0] for line in lines) == text


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_settles_it_and_is_no_part_of_the_text(file, mark, name):
    path = file(mark + CHINESE.encode(name))
    codec = detect(path)
    assert (codec.name, codec.bom) == (name, mark)
    with codec.reading(path) as text:
        assert text.read() == CHINESE


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [SPANISH, "phone,name\n+14155552671,张伟\n+14155552672,王芳\n"])
def test_utf_16_without_a_mark_is_seen_by_its_zeros(file, name, text):
    assert detect(file(text, encoding=name)).name == name


def test_a_few_broken_bytes_do_not_make_utf_8_something_else(file):
    path = file(SPANISH.encode() + b"5,Jos\xe9\n")
    codec = detect(path)
    assert codec.name == "utf-8"
    with codec.reading(path) as text:
        assert codec.encode(text.read()) == path.path.read_bytes()


def test_an_odd_byte_a_megabyte_into_the_file_is_found(file):
    assert detect(file(b"1,abc\n" * 300_000 + "2,Muñoz\n".encode("cp1252"))).name == "cp1252"


@pytest.mark.parametrize("text", ["phone,price\n1,50 €\n", "phone,note\n1,“hello” – O’Neil\n", "phone,name\n1,José\n"])
def test_a_single_odd_byte_of_a_western_file_is_windows_1252(file, text):
    assert detect(file(text, encoding="cp1252")).name == "cp1252"


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF32_BE])
def test_a_wide_file_that_was_cut_short_is_refused(file, mark):
    with pytest.raises(BadInput, match="cut short"):
        detect(file(mark + b"\0p\0h\0o\0n\0e\0"))


def test_lone_surrogates_in_utf_16_survive(file):
    data = codecs.BOM_UTF16_LE + "phone,a".encode("utf-16-le") + b"\x00\xd8" + "\n".encode("utf-16-le")
    path = file(data)
    codec = detect(path)
    with codec.reading(path) as text:
        assert codec.bom + codec.encode(text.read()) == data


def test_where_an_encoding_has_two_codes_for_a_character_the_bytes_still_survive(file):
    # NEC's and IBM's code of one character; Python reads both and writes one of them.
    data = JAPANESE.encode("cp932") + b"1,\xed\x40\xfa\x5c\n"
    path = file(data)
    codec = exact(Codec("cp932"), path)
    assert codec.opaque
    with codec.reading(path) as text:
        lines = list(text)
    assert codec.encode("".join(lines)) == data
    assert codec.said([lines[-1]]) == ["1,纊纊\n"]
    assert codec.encode(codec.fitting("電話")) == "電話".encode("cp932")


@pytest.mark.parametrize(
    "page", ["cp1252", "cp1251", "cp932", "gb18030", "big5", "euc_jp", "cp949", "cp874", "mac-roman"]
)
def test_any_bytes_whatever_survive_any_code_page(file, page):
    data = bytes(range(256)) * 2 + bytes(range(255, -1, -1)) + b"\x81"
    path = file(data)
    codec = exact(Codec(page), path)
    with codec.reading(path) as text:
        assert codec.encode(text.read()) == data


def test_what_the_encoding_cannot_hold_becomes_a_question_mark():
    assert Codec("cp1252").encode(Codec("cp1252").fitting("naïve 张 \udc80")) == b"na\xefve ? ?"
    assert Codec("utf-8").encode(Codec("utf-8").fitting("张\udc80")) == "张?".encode()


@pytest.mark.parametrize(
    ("said", "meant"), [("latin1", "iso8859-1"), ("CP1252", "cp1252"), ("utf8", "utf-8"), (" UTF-16 ", "utf-16-le")]
)
def test_an_encoding_goes_by_any_of_its_names(file, said, meant):
    text = "phone\n1\n"
    assert given(file(text, encoding=meant), said).name == meant


def test_the_mark_tells_the_byte_order_of_utf_16(file):
    assert given(file(codecs.BOM_UTF16_BE + "phone".encode("utf-16-be")), "utf-16").name == "utf-16-be"


@pytest.mark.parametrize(
    "said", ["nope", "", "base64", "rot13", "idna", "punycode", "undefined", "unicode_escape", "\0"]
)
def test_what_is_no_encoding_of_files_is_refused_with_the_usual_ones(file, said):
    with pytest.raises(BadInput, match="utf-8, utf-16, cp1252"):
        given(file("phone\n"), said)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bytes_that_are_not_in_the_encoding_are_refused_with_their_row(file, end):
    data = f"phone{end}1{end}".encode() + "José".encode("cp1252") + end.encode()
    with pytest.raises(BadInput, match=r"a\.csv, row 3: .*utf-8"):
        given(file(data), "utf-8")


def test_a_file_cut_in_the_middle_of_a_character_is_refused(file):
    with pytest.raises(BadInput, match="row 2"):
        given(file("phone\né".encode()[:-1]), "utf-8")


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("José", "cp1252"),
        ("¿Qué?", "cp1252"),
        ("O’Neil", "cp1252"),
        ("50 € – 3½ m²", "cp1252"),
        ("Simões", "cp1252"),
        ("Nº de teléfono", "cp1252"),
        ("Mª José", "cp1252"),
        ("Nº,Straße", "cp1252"),
        ("Oraş,Iaşi", "cp1250"),
        ("Győző", "cp1250"),
        ("Łukasz Michał", "cp1250"),
        ("Jiří Dvořák", "cp1250"),
        ("Çağrı Güneş", "cp1254"),
        ("José", "mac-roman"),
        ("Müller", "cp850"),
    ],
)
def test_a_word_or_two_are_enough_to_tell_a_latin_page(text, page):
    assert latin_page([text.encode(page)]) == page


@pytest.mark.parametrize(
    ("text", "page"),
    [("田中", "cp932"), ("Иван", "cp1251"), ("张伟", "gb18030"), ("김철수", "cp949"), ("שרה", "cp1255")],
)
def test_words_of_other_scripts_are_in_no_latin_page(text, page):
    assert latin_page([text.encode(page)]) is None
