"""Write what the last whole run of the tests tried, and what survived, into the book's page: `make tested`."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "book" / "how-tested.md"
BEGIN, END = "<!-- counts: written by `make tested` -->\n", "<!-- end of counts -->"


def main() -> None:
    """Replace the table between the two marks of the page."""
    record = json.loads((ROOT / "_build" / "tested.json").read_text())
    tests, versions = record["tests"], record["versions"]
    wrong = tests["failed"] + tests["error"]
    table = ["| what | tried | survived |", "|---|--:|--:|"]
    table += [f"| {what} | {tried:,} | {survived:,} |" for what, (tried, survived) in record["counts"].items()]
    table += [f"| **all tests** ({tests['skipped']} skipped) | {tests['passed'] + wrong:,} | {tests['passed']:,} |"]
    named = ", ".join(f"{name} {versions[name]}" for name in ("python", "torch", "diffusers", "transformers"))
    said = f"\nRecorded by `make tested` at commit {record['commit'][:12]} with {named}, on {record['machine']}.\n"
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    PAGE.write_text(head + BEGIN + "\n" + "\n".join(table) + "\n" + said + "\n" + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
