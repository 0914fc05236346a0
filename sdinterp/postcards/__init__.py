"""Postcards: the bundled model, the world it paints, and how it was made."""
