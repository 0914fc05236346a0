"""Hidden tests of my_evaluations: inputs on which it is compared with the book's function. This is not handed out."""

CASES = {
    "the two ends alone": [(1, 1, 2, 10, 1.0), (1, 3, 2, 10, 7.5)],
    "one step": [(4, 2, 9, 1, 1.0), (4, 2, 9, 1, 7.5)],
    "guidance a little above 1": (5, 3, 7, 12, 1.5),
    "a large study": [(1230, 7, 17, 50, 1.0), (1230, 7, 17, 50, 7.5)],
}
