"""The director: a chat model that proposes who speaks and how. What it proposes is used where the words are the book's.

settings   the [director] section
windows    a book → stretches of it that one question is about, in numbered pieces (pure)
question   a stretch → the request that is sent, and its key (pure)
reply      the body of an answer → what the model said, what it cost (pure)
words      what counts as the same words (pure)
answer     what the model said → cues, piece by piece checked against the book (pure)
chat       the exchange over HTTP
kept       answers on disk, by key: each is paid for once
asking     all of it together: kept or asked for, checked, asked again
"""
