"""run-pipeline: from a book to a finished audiobook."""

__version__ = "0.1.0"
