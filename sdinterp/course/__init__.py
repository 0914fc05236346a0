"""Hand the book's exercises out, collect them, and grade them."""
