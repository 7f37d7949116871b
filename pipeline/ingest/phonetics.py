"""Pronunciations as books write them, as IPA: checked, so that nothing but sounds gets into a request. Pure."""

import re
import unicodedata

MAX_IPA_CHARS = 200  # of one word or phrase; the longest word of a dictionary takes a quarter of it

_SIGNS = frozenset(" .|‖‿ːˑˈˌʼ'-↗↘")
_SOUND_CATEGORIES = frozenset({"Ll", "Lo", "Lm", "Mn", "Sk"})
_SOUND_NAMES = ("LATIN", "GREEK", "MODIFIER", "COMBINING")

# X-SAMPA as John Wells published it. Letters that stand for themselves are not in the table.
_X_SAMPA = {
    **dict(zip("abcdefhijklmnopqrstuvwxyz", "abcdefhijklmnopqrstuvwxyz", strict=True)),
    "g": "ɡ", "1": "ɨ", "}": "ʉ", "M": "ɯ", "I": "ɪ", "Y": "ʏ", "U": "ʊ", "2": "ø", "@\\": "ɘ", "8": "ɵ", "7": "ɤ",
    "@": "ə", "E": "ɛ", "9": "œ", "3": "ɜ", "3\\": "ɞ", "V": "ʌ", "O": "ɔ", "{": "æ", "6": "ɐ", "&": "ɶ", "A": "ɑ",
    "Q": "ɒ", "t`": "ʈ", "d`": "ɖ", "J\\": "ɟ", "G\\": "ɢ", ">\\": "ʡ", "?": "ʔ", "F": "ɱ", "n`": "ɳ", "J": "ɲ",
    "N": "ŋ", "N\\": "ɴ", "B\\": "ʙ", "R\\": "ʀ", "4": "ɾ", "r`": "ɽ", "p\\": "ɸ", "B": "β", "T": "θ", "D": "ð",
    "S": "ʃ", "Z": "ʒ", "s`": "ʂ", "z`": "ʐ", "C": "ç", "j\\": "ʝ", "G": "ɣ", "X": "χ", "R": "ʁ", "X\\": "ħ",
    "?\\": "ʕ", "H\\": "ʜ", "<\\": "ʢ", "h\\": "ɦ", "K": "ɬ", "K\\": "ɮ", "P": "ʋ", "v\\": "ʋ", "r\\": "ɹ",
    "r\\`": "ɻ", "M\\": "ɰ", "l`": "ɭ", "L": "ʎ", "L\\": "ʟ", "l\\": "ɺ", "5": "ɫ", "W": "ʍ", "H": "ɥ", "s\\": "ɕ",
    "z\\": "ʑ", "x\\": "ɧ", '"': "ˈ", "%": "ˌ", ":": "ː", ":\\": "ˑ", ".": ".", "|": "|", "||": "‖", "-\\": "‿",
    "`": "˞", "~": "\u0303", "_~": "\u0303", "=": "\u0329", "_=": "\u0329", "_0": "\u0325", "_v": "\u032c",
    "_h": "ʰ", "_w": "ʷ", "'": "ʲ", "_j": "ʲ", "_G": "ˠ", "_?\\": "ˤ", "_d": "\u032a", "_a": "\u033a",
    "_m": "\u033b", "_>": "ʼ", "_^": "\u032f", "_}": "\u031a", "_n": "ⁿ", "_l": "ˡ", "_k": "\u0330", "_t": "\u0324",
    "_o": "\u031e", "_r": "\u031d", "_O": "\u0339", "_c": "\u031c", "_+": "\u031f", "_-": "\u0320", '_"': "\u0308",
    "_x": "\u033d", "-": "", " ": " ",
}  # fmt: skip  # a table that one compares with the printed one
_X_SAMPA_SIGN = re.compile("|".join(map(re.escape, sorted(_X_SAMPA, key=len, reverse=True))))


def ipa_of(pronunciation: str, alphabet: str) -> str:
    """A pronunciation in the IPA or X-SAMPA as IPA; "" where it is in another alphabet or is none."""
    written = " ".join(pronunciation.split())
    if not written or len(written) > MAX_IPA_CHARS:
        return ""
    name = alphabet.strip().lower()
    if name == "ipa":
        return written if _is_ipa(written) else ""
    return _of_x_sampa(written) if name in ("x-sampa", "xsampa") else ""


def _of_x_sampa(written: str) -> str:
    sounds: list[str] = []
    end = 0
    for match in _X_SAMPA_SIGN.finditer(written):
        if match.start() != end:
            return ""
        sounds.append(_X_SAMPA[match.group()])
        end = match.end()
    return "".join(sounds) if end == len(written) else ""


def _is_ipa(written: str) -> bool:
    """Letters that have no capitals, marks and the signs of stress and length: no bracket, no tag, no sentence."""
    return all(sign in _SIGNS or _is_sound(sign) for sign in written)


def _is_sound(sign: str) -> bool:
    return unicodedata.category(sign) in _SOUND_CATEGORIES and unicodedata.name(sign, "").startswith(_SOUND_NAMES)
