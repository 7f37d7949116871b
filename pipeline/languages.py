"""Languages as books and settings name them, and the tags (BCP 47) that are meant. Pure."""

_TAGS = {
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "italian": "it",
    "italiano": "it",
    "portuguese": "pt",
    "português": "pt",
    "dutch": "nl",
    "nederlands": "nl",
    "russian": "ru",
    "русский": "ru",
    "ukrainian": "uk",
    "polish": "pl",
    "polski": "pl",
    "czech": "cs",
    "hungarian": "hu",
    "greek": "el",
    "latin": "la",
    "swedish": "sv",
    "norwegian": "no",
    "danish": "da",
    "finnish": "fi",
    "japanese": "ja",
    "chinese": "zh",
    "korean": "ko",
    "turkish": "tr",
    "esperanto": "eo",
    "eng": "en",
    "ger": "de",
    "deu": "de",
    "fre": "fr",
    "fra": "fr",
    "spa": "es",
    "ita": "it",
    "por": "pt",
    "dut": "nl",
    "nld": "nl",
    "rus": "ru",
    "ukr": "uk",
    "pol": "pl",
    "jpn": "ja",
    "chi": "zh",
    "zho": "zh",
    "kor": "ko",
    "lat": "la",
    "swe": "sv",
    "dan": "da",
    "fin": "fi",
    "nor": "no",
    "cze": "cs",
    "ces": "cs",
    "gre": "el",
    "ell": "el",
    "hun": "hu",
    "tur": "tr",
    "ara": "ar",
    "und": "",
    "mul": "",
    "zxx": "",
}
"""What people and Project Gutenberg write where a language tag belongs: names, codes of three letters for what has one
of two (BCP 47 wants the shorter), and the ISO 639-2 codes that say that nothing is said."""


def language_tag(name: str) -> str:
    """A language's tag where its name was given, "" where nothing was; anything else as it is."""
    return _TAGS.get(name.strip().casefold(), name.strip())


def primary_subtag(language: str) -> str:
    """`en` of `en-GB`, also where that is written `en_GB`: voices and rules of speech know no regions."""
    return language.replace("_", "-").split("-")[0].lower()
