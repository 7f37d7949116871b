"""A local speech server: OpenRouter's protocol, a voice for nothing, scripted faults. It rehearses a night for free.

    faults          what a script can say: kinds, keys, limits that change (data)
    fault_script    FAULTS.toml → the script
    draw            which attempt goes wrong (pure)
    sound_faults    what a fault does to the samples (pure)
    reading_faults  what it does to the words that are read (pure)
    wire_faults     what it does to the bytes, the header, and the way they travel (pure)
    refusals        what it answers in place of sound (pure)
    contract        what a request must be to be answered (pure)
    chat            the same for a question about direction, and the shape of its answer (pure)
    proposals       what is answered to it, by rules (pure)
    chat_faults     what a fault does to that (pure)
    lines           which of its words are to be spoken, and by whom (pure)
    voice, tone     the embedded voice, and arithmetic that looks like speech
    clock, limits   the server's own time; what it takes at once and in a minute
    journal         one line of JSON for every attempt
    records         what each generation cost, what the key has spent, which models there are
    attempts        a request, its answer, and its line
    service         all of it together, without HTTP
    app             the routes
    listener        the socket and the web server
    server          starting and stopping it all

`app` and `listener` need the extra `rehearsal`; everything else does not.
"""
