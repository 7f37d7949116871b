"""Who speaks in a book, found without a model: from marks, labels, verbs of speech and whose turn it is."""

from pipeline.dialogue.hearing import heard, heard_in_book
from pipeline.dialogue.people import people, same_person
from pipeline.dialogue.records import DEFAULT_CONFIDENCE, Heard, Passage, Quote

__all__ = ["DEFAULT_CONFIDENCE", "Heard", "Passage", "Quote", "heard", "heard_in_book", "people", "same_person"]
