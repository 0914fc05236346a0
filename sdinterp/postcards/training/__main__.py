"""`python -m sdinterp.postcards.training`: see the package's text."""

from sdinterp.postcards.training import main

main()
