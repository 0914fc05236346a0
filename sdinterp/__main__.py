"""`python -m sdinterp` is the `sdinterp` command."""

import sys

from sdinterp.cli import main

if __name__ == "__main__":
    sys.exit(main())
