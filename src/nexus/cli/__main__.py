"""`python -m nexus.cli`."""

from nexus.cli import main

main()
