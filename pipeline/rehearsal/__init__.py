"""A local speech server: OpenRouter's protocol, the embedded voice, scripted faults. It rehearses a night for free.

    faults        which attempt goes wrong, and what that does to the sound (pure)
    fault_script  FAULTS.toml → the script of faults
    contract      what a request must be to be answered, and the refusals (pure)
    voice         whom a request is spoken by, and which of its words
    journal       one line of JSON for every attempt
    records       what each generation cost, what the key has spent, which models there are
    service       limits, faults and answers: the service without HTTP
    app           the routes
    listener      the socket and the web server
    server        starting and stopping it all

`app` and `listener` need the extra `rehearsal`; everything else does not.
"""
