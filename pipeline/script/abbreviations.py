"""Abbreviations by language: which never end a sentence, and what a voice that spells them is given instead. Data."""

from collections.abc import Mapping

TITLES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "Mr": "Mr", "Mrs": "Mrs", "Ms": "Ms", "Dr": "Dr", "St": "St", "Messrs": "Messrs", "Capt": "Captain",
        "Col": "Colonel", "Gen": "General", "Lieut": "Lieutenant", "Lt": "Lieutenant", "Maj": "Major",
        "Sgt": "Sergeant", "Rev": "Reverend", "Prof": "Professor", "Hon": "Honourable", "Gov": "Governor",
    },
    "fr": {
        "M": "Monsieur", "MM": "Messieurs", "Mme": "Madame", "Mlle": "Mademoiselle", "Dr": "Docteur",
        "Mgr": "Monseigneur",
    },
    "de": {"Hr": "Herr", "Fr": "Frau", "Dr": "Doktor", "Prof": "Professor", "St": "Sankt"},
    "es": {"Sr": "Señor", "Sra": "Señora", "Srta": "Señorita", "Dr": "Doctor", "Dra": "Doctora", "D": "Don"},
    "it": {"Sig": "Signor", "Dott": "Dottor", "Prof": "Professor"},
    "pt": {"Sr": "Senhor", "Sra": "Senhora", "Dr": "Doutor", "Dra": "Doutora"},
    "nl": {"Dhr": "De heer", "dhr": "de heer", "Mevr": "Mevrouw", "mevr": "mevrouw", "Dr": "Doctor", "dr": "doctor"},
}  # fmt: skip  # one title a line would hide the languages
"""Before a name: what stands for the title and its point. Only for voices that ask for it."""

BEFORE_NAMES: Mapping[str, frozenset[str]] = {
    **{language: frozenset(titles) for language, titles in TITLES.items()},
    "es": frozenset(TITLES["es"]) | {"Dª", "Dña"},
    "fr": frozenset(TITLES["fr"]) | {"Me", "St", "Ste"},
    "nl": frozenset(TITLES["nl"]) | {"Ds", "ds", "Drs", "drs", "Ir", "ir", "Mw", "mw", "St"},
    "pl": frozenset({"dr", "św", "ul", "gen", "płk", "hr", "ks"}),
    "ru": frozenset({"им", "г", "ул", "гр", "св", "кн", "гр-н"}),
}  # fmt: skip
"""What stands before a name and so ends no sentence."""

BEFORE_NUMBERS = frozenset(
    """no nr nos núm num vol vols ch chap chaps cap caps kap sec sect fig figs pl p pp pag pág págs s ss bd bde t tom
    art par blz bl str стр гл т рис r rozdz kpt
    """.split()  # noqa: SIM905  a word list
)
"""What stands before a figure, in small letters: "vol. II", "S. 12"."""

NO_NAMES = frozenset(
    "US USA UK UN EU USSR BC AD CE BCE AM PM DC PS MD QC MP JP DD BA MA RIP JC NB OK TV".split()  # noqa: SIM905
)
"""Letters with points that are no one's initials: "B. C." may well end a sentence."""

POINT_MAKES_ORDINAL = frozenset("de lb da no nb nn fi is et lv lt cs sk sl hr sr bs hu pl tr eu fo".split())  # noqa: SIM905
"""Languages in which "4." is "fourth"."""
