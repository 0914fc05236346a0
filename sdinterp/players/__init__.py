"""Players: pictures that a reader can move on a static page, with no kernel and no network.

A player is one `<figure>` that carries its style, its data (as JSON) and its script. It works in a page that Sphinx or anyone
else built, from a file, and as the output of a notebook cell. Until its script has run, or where scripts are off, it is a still
picture with alt text.
"""

from sdinterp.extras import needs_extras

with needs_extras():
    from sdinterp.players.figure import Player
    from sdinterp.players.makers import (
        MOST_BYTES,
        StripRow,
        cost_histogram,
        coupling_playground,
        play,
        strip_player,
        word_matcher,
    )

__all__ = [
    "MOST_BYTES",
    "Player",
    "StripRow",
    "cost_histogram",
    "coupling_playground",
    "play",
    "strip_player",
    "word_matcher",
]
