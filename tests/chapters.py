"""The chapters of the book as its course has them, read once for all tests."""

from pathlib import Path

from sdinterp.course.pack import chapters_of

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = chapters_of(ROOT)
