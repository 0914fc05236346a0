"""Players: pictures that a reader can move on a static page, with no kernel and no network.

A player is one `<figure>` that carries its style, its data (as JSON) and its script. It works in a page that Sphinx or anyone
else built, from a file, and as the output of a notebook cell. Until its script has run, or where scripts are off, it is a still
picture with alt text.

A new player is a function in a module of this folder that hands `figure.player` its data and its still picture, a script of the
player's name that builds it, a style of that name, and a line here.
"""

from sdinterp.extras import needs_extras

with needs_extras():
    from sdinterp.players.chain import Link, chain_diagram
    from sdinterp.players.clouds import cost_histogram, coupling_playground, pairing_game
    from sdinterp.players.dots import Dot, Panel, dot_plot
    from sdinterp.players.figure import MOST_BYTES, Player
    from sdinterp.players.map import cloud_map
    from sdinterp.players.matcher import word_matcher
    from sdinterp.players.morph import cloud_morph
    from sdinterp.players.ranking import ranking_game
    from sdinterp.players.roads import two_roads
    from sdinterp.players.shuffler import row_shuffler
    from sdinterp.players.strips import StripRow, play, strip_player, strip_row

__all__ = [
    "MOST_BYTES", "Dot", "Link", "Panel", "Player", "StripRow", "chain_diagram", "cloud_map", "cloud_morph",
    "cost_histogram", "coupling_playground", "dot_plot", "pairing_game", "play", "ranking_game",
    "row_shuffler", "strip_player", "strip_row", "two_roads", "word_matcher",
]  # fmt: skip
