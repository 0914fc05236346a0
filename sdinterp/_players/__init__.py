"""The scripts, the style and the still pictures of the players."""
