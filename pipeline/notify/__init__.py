"""Being told at the end of a run, wherever one is: by a command of one's own, or by a message over HTTP.

settings  the `[notify]` section
message   what is told, in words and as facts (pure)
channels  the command and the address: the only effects
"""
