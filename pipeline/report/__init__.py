"""What a run would do and what it did, for people and for programs."""
