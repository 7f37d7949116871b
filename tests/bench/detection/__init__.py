"""How well acceptance tells good takes from bad ones, on labelled takes of several speech sources."""
