"""`python -m pipeline` is `run-pipeline`."""

from pipeline.cli import main

main()
