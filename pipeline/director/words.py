"""What counts as the same words: letters, figures and what joins them; marks and spaces around them do not. Pure.

Models straighten quotation marks and drop a comma, and are right all the same. A letter more, another accent, another
case is another word.
"""

import unicodedata

_JOINTS = {"'": "'", "’": "'", "ʼ": "'", "-": "-", "‐": "-", "‑": "-"}
"""Between two letters they are part of a word, however they are written."""

_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0xA4CF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F))
"""Scripts that put no space between words (Thai, Lao, Burmese, Khmer, Han, kana): every character counts as one."""


def words_of(text: str) -> list[str]:
    """The words of a text, in order."""
    words: list[str] = []
    word, joint = "", ""
    for char in unicodedata.normalize("NFC", text):
        if _is_part_of_word(char):
            if _is_unspaced(char):
                words += [word, char] if word else [char]
                word = ""
            else:
                word += joint + char if word else char
            joint = ""
        elif unicodedata.category(char) == "Cf":
            continue  # soft hyphens and joiners come and go unseen
        elif word and char in _JOINTS and not joint:
            joint = _JOINTS[char]
        else:
            words += [word] if word else []
            word, joint = "", ""
    return [*words, word] if word else words


def has_words(text: str) -> bool:
    return any(unicodedata.category(char)[0] in "LN" for char in text)


def begins_with(text: str, words: str) -> bool:
    """Whether the first words of `text` are these; none are never."""
    wanted = words_of(words)
    return bool(wanted) and words_of(text)[: len(wanted)] == wanted


def ends_with(text: str, words: str) -> bool:
    """Whether the last words of `text` are these; none are never."""
    wanted = words_of(words)
    return bool(wanted) and words_of(text)[-len(wanted) :] == wanted


def _is_part_of_word(char: str) -> bool:
    """Letters, accents, figures, and the signs that are read: $, °, ©."""
    category = unicodedata.category(char)
    return category[0] in "LMN" or (category in {"Sc", "Sm", "So"} and char not in "<>|~")


def _is_unspaced(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _UNSPACED)
