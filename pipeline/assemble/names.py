"""Names that every file system and every player takes."""

import re
import unicodedata

from pipeline.languages import primary_subtag

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")

IGNORE_NAME = ".ignore"
"""A folder with such a file in it is no part of a library: audiobookshelf leaves it out since 2.2.0."""

_LONGEST_NAME_BYTES = 120
"""Well under the 255 bytes of every file system, with room for a number and a suffix."""

_CODES = """
af afr am amh ar ara as asm az aze be bel bg bul bn ben bo bod br bre bs bos ca cat cs ces cy cym da dan de deu dv div
dz dzo el ell en eng eo epo es spa et est eu eus fa fas fi fin fo fao fr fra fy fry ga gle gd gla gl glg gu guj gv glv
ha hau he heb hi hin hr hrv ht hat hu hun hy hye ia ina id ind ig ibo is isl it ita iu iku ja jpn jv jav ka kat kk kaz
kl kal km khm kn kan ko kor ku kur kw cor ky kir la lat lb ltz lo lao lt lit lv lav mg mlg mi mri mk mkd ml mal mn mon
mr mar ms msa mt mlt my mya nb nob ne nep nl nld nn nno no nor oc oci or ori pa pan pl pol ps pus pt por qu que rm roh
ro ron ru rus rw kin sa san sc srd sd snd se sme si sin sk slk sl slv sm smo sn sna so som sq sqi sr srp st sot su sun
sv swe sw swa ta tam te tel tg tgk th tha ti tir tk tuk tl tgl tn tsn to ton tr tur tt tat ug uig uk ukr ur urd uz uzb
vi vie wo wol xh xho yi yid yo yor za zha zh zho zu zul
"""
"""Codes of two letters, each followed by its code of three (ISO 639-1 and 639-2/T)."""

_OF_THREE = dict(zip(_CODES.split()[::2], _CODES.split()[1::2], strict=True))


def file_name(text: str) -> str:
    """`text` as a file name on any system: forbidden characters replaced, not hidden, not reserved, not too long."""
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text))
    name = " ".join(name.split()).strip(". ")
    name = cut_to_bytes(name, _LONGEST_NAME_BYTES).strip(". ")
    if not name or _RESERVED.fullmatch(name):
        name = f"_{name}"
    return name


def single_line(text: str) -> str:
    """`text` without line breaks, tabs and other control characters, which players show as boxes or not at all."""
    return " ".join("".join(" " if unicodedata.category(each) == "Cc" else each for each in text).split())


def cut_to_bytes(text: str, most: int) -> str:
    """As much of `text` as `most` bytes of UTF-8 hold, never half a character."""
    return text.encode()[:most].decode(errors="ignore")


def language_code(language: str) -> str:
    """The ISO 639-2 code of a BCP 47 tag, or `und` where it is not known."""
    primary = primary_subtag(language)
    known = len(primary) == 3 and primary.isascii() and primary.isalpha()
    return _OF_THREE.get(primary, primary if known else "und")
