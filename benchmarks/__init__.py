"""Side by side with what people use instead: `make bench`. Every table compares in one run, and reports ratios."""
