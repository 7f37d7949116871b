"""Files to read along with, each made from the timeline of a finished book."""
