"""Where good ends: every threshold of acceptance with the reason it stands where it stands.

"Clean" are some 1,300 good takes of 24 synthetic voices in nine languages, of a human reader and of two neural
voices; `python -m tests.bench.detection` measures what these limits find and what they wrongly find. A value past its
`suspect` limit makes a take suspect, past its `fail` limit a fail: money is spent on that, so it stands where no clean
take came near.
"""

from dataclasses import dataclass

from pipeline.languages import primary_subtag


@dataclass(frozen=True, slots=True)
class Limit:
    """`fail` of None: this alone never fails a take."""

    suspect: float
    fail: float | None = None


SHORTEST_S = 0.05
"""Less than this cannot hold a syllable (the shortest are about 80 ms)."""

SILENT_PEAK = 33
"""−60 dBFS: a peak below it is silence recorded as success."""

LEAST_SOUNDING_S = 0.06
"""Three hops: a click in silence is no word."""

NOTHING_TO_SAY_S = 3.0
"""A text without a word ("…", "* * *") may be a breath or a sigh; more was made up."""

EDGE_SILENCE_S = Limit(1.5)
"""Clean takes have up to 0.6 s at an end; it is trimmed, so it costs nothing but suspicion."""

PAUSE_S = Limit(1.4, 2.8)
"""Longest silence within a paragraph: clean 1.0 s at most, a human reader's the same; three seconds sound broken."""

BREAK_S = Limit(2.0, 4.0)
"""The same where the text has a paragraph's or a verse's end; scene breaks are never inside a take."""

BREAK_TOLERANCE_S = 1.2
BREAK_TOLERANCE_SHARE = 0.04
"""How exactly the place of a paragraph's end is known in the sound from its place in the text."""

ASKED_PAUSE_FACTOR = 2.0
"""A pause that a tag asks for may be so much longer than its nominal 250, 500 or 1,000 ms and is still what it asks."""

ASKED_SOUND_S = 2.0
"""A laugh or a yawn that a tag asks for may take so long."""

SILENT_SHARE = Limit(0.5)
"""Of what lies between first and last sound, in takes longer than `SHARE_FROM_S`: clean 0.3."""

SHARE_FROM_S = 4.0

END_DB = Limit(-24.0, -12.0)
"""Level of the very end under the loud: clean −27 at the worst (an HMM voice), mostly under −45; a vowel is at −10."""

FULL_SCALE = 32_700
FULL_SCALE_SHARE = Limit(0.003, 0.02)
"""Samples within 0.02 dB of full scale: a good limiter leaves 1 in 10,000; a hundredth is heard as distortion."""

QUIET_DBFS = Limit(-45.0)
"""The loud hops of a take: clean −30 to −5. From −45 mastering would lift the noise of 16 bits to be heard."""

SLOPE_DB = Limit(-8.0, -16.0)
"""Trend of the level over a take longer than `SLOPE_FROM_S`: clean −5 to +5."""

RISE_DB = 10.0
SLOPE_FROM_S = 6.0
"""Shorter lines fall as sentences do: 12 dB were measured within 4 s of a good neural voice."""

FLATNESS_DB = Limit(-7.0, -4.0)
"""Of the median sounding hop, geometric to arithmetic mean over bands: clean −13 and under, white noise −1."""

FLATNESS_FROM_S = 0.6
"""One word may be nearly all hiss ("Six")."""

FLOOR_DB = Limit(-33.0, -18.0)
"""What a band falls to at least within four seconds, under its loud: clean −37; white noise 20 dB under a voice −28."""

SHORT_FLOOR_DB = Limit(-24.0, -12.0)
"""The same for a take with less than `FLOOR_FROM_S` of sound: a single word may have no closure."""

FLOOR_FROM_S = 1.5

DRONE_DB = Limit(-31.0, -18.0)
"""What any one band stays above for four seconds, under the loudest: clean −35; hum 10 dB under a voice −28."""

STUCK_S = Limit(1.36, 2.4)
"""A stretch that repeats itself at once: clean 1.2 s at the most, in laughter and "no, no, no"."""

STUCK_LIKENESS = 0.9
"""From here 0.6 s are the 0.6 s before again."""

REPEATED_S = Limit(1.2, 3.0)
"""Seconds heard twice beyond what the text says twice: clean under 1 s in 99 of 100."""

LIKENESS = 0.89
"""From here two passages of 1.2 s are the same: one said 3 % faster is at 0.9, clean different ones under 0.85."""

REFRAIN_FACTOR = 1.3
"""A refrain may be read slower than the rest."""

HALVES = Limit(0.8, 0.93)
"""Likeness of a short take's halves: clean 0.73 at the most, the same word twice 0.95."""

PREAMBLE_FIT = Limit(2.5)
"""Marks of the text that get their pause when all are moved: clean 1.7 in 99 of 100, three words before a text 1.8 in
half of them. Speech that runs on without a pause into the text is not seen so."""

LIKELY_PREAMBLE_FIT = 1.0
LIKELY_PREAMBLE_SIGMAS = 2.0
"""Either alone is chance (one clean take in 25, in 40); both together are one in a thousand."""

VOICE_CHANGE_DB = Limit(3.6)
"""Distance of the long-term spectra before and after some point of the take: clean 2.6."""

PITCH_CHANGE_SEMITONES = Limit(3.5)
"""The same for the median pitch: clean 2.4."""

CHANGE_FROM_S = 8.0
"""Less speech has no long-term spectrum: the words themselves decide it."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds of a text of `chars` spoken characters: `start_s + chars * char_s`."""

    start_s: float
    char_s: float

    def seconds(self, chars: float) -> float:
        return self.start_s + chars * self.char_s


START_S = 0.2
"""The last sound of a take dies away, whatever its length."""

CHAR_S = {"en": 0.056, "de": 0.055, "fr": 0.050, "es": 0.056, "it": 0.059, "pt": 0.060, "nl": 0.058, "ru": 0.060}
"""Seconds a spoken character, without pauses; measured on several voices each."""

ANY_CHAR_S = 0.057


def prior_tempo(language: str) -> Tempo:
    return Tempo(START_S, CHAR_S.get(primary_subtag(language), ANY_CHAR_S))


SHORTER = Limit(0.62, 0.42)
LONGER = Limit(1.6, 2.2)
"""Sounding seconds against the estimate, by a voice nobody knows yet: readers differ by a third to both sides."""

DOUBT_LONGER = 2.5
"""How much longer a text is read whose characters are all doubtful: a voice may spell what another says."""

DOUBT_SHORTER = 0.5

FASTEST_CHARS_PER_S = 75.0
"""Five times a natural reading: less is cut, be the line as short as it may, whoever reads it."""

SLACK_S = 0.6
"""What a short line may be off in any case: one held vowel, one breath."""

KNOWN_SIGMA = 0.035
"""Share by which a known voice's takes scatter about its own pace at the least; clean 0.01 to 0.05."""

KNOWN_SIGMA_S = 0.18
"""The same in seconds, which decides for short lines."""

DOUBT_SIGMA = 0.25
"""Share by which the doubtful characters of a text may be misjudged."""

KNOWN_SUSPECT_SIGMAS = 5.0
"""Clean takes stay within four."""

KNOWN_FAIL_SIGMAS = 7.0
KNOWN_FAIL_SHARE = 0.22
"""A fail is both: far beyond the scatter, and more than a fifth of the take."""

LEVEL_DB = 7.0
PITCH_SEMITONES = 3.5
SPECTRUM_DB = 3.4
"""Off the voice's own norm: clean takes of ten seconds and more stay within 4 dB, 2 semitones, 2.5 dB."""

SHORT_LEVEL_DB = 14.0
SHORT_PITCH_SEMITONES = 9.0
"""For lines of less than `CHANGE_FROM_S`: an exclamation is louder and higher than a paragraph."""
