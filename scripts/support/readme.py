"""The command blocks of README.md, as a reader would copy them."""

import pathlib

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def blocks():
    """The indented blocks, each as a text without the indentation."""
    found, block = [], []
    for line in README.read_text(encoding="utf-8").splitlines() + [""]:
        if line.startswith("    "):
            block.append(line[4:])
        elif block:
            found.append("\n".join(block))
            block = []
    return found


def block(beginning):
    """The only block with a line that begins like this."""
    matching = [
        text for text in blocks() if any(line.startswith(beginning) for line in text.splitlines())
    ]
    if len(matching) != 1:
        raise LookupError(f"README.md has {len(matching)} blocks with '{beginning}', not one")
    return matching[0]
