"""Draw docs/architecture.svg from the code: the packages, their rooms, and who imports whom. `make architecture` runs it.

A room is a package or a folder in it. Its text is the first sentence of its docstring. An arrow that follows from two others
is left out.
"""

import ast
import textwrap
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"
PACKAGES = ("ui", "eval", "rag", "index")

Graph = Mapping[str, frozenset[str]]
"""For each name, the names that it imports."""

MARGIN, TITLE, BOX, HEIGHT, GAP, BETWEEN = 16, 232, 176, 104, 36, 30
WIDTH = 4 * MARGIN + TITLE + 4 * BOX + 3 * GAP
STYLE = """
text { font: 11px Helvetica, Arial, sans-serif; fill: #3d4450 }
.name { font-size: 15px; font-weight: bold; fill: #14181f }
.count { fill: #6a7280 } .modules { font: 10.5px Menlo, Consolas, monospace; fill: #2f5d8c }
.package { fill: #f5f6f8; stroke: #cfd4dc } .room { fill: #fff; stroke: #9aa3b0 }
path { fill: none; stroke: #2f5d8c; stroke-width: 1.5; marker-end: url(#head) }
"""


@cache
def modules() -> Mapping[str, Path]:
    """The product's modules by their full name; a package is the module of its __init__.py."""
    files = sorted(file for package in PACKAGES for file in (ROOT / package).glob("**/*.py"))
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


@cache
def imports() -> Graph:
    """The modules that each module imports, wherever in its code; not those that only the type checker imports."""
    return {name: frozenset(_imported(name)) - {name} for name in modules()}


def _imported(name: str) -> set[str]:
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(modules()[name].read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            found.update(full if full in modules() else node.module for full in inner)
        waiting += ast.iter_child_nodes(node)
    return found & modules().keys()


def room_of(module: str) -> str:
    """The folder that a module is in, as a package's name."""
    return ".".join(modules()[module].parent.relative_to(ROOT).parts)


def rooms(package: str) -> Graph:
    """The rooms of a package and what they import of each other, training apart: nothing that runs imports that.

    The modules of the package's own folder belong to no room.
    """
    inside = {name: room_of(name) for name in modules() if room_of(name).startswith(f"{package}.")}
    inside = {name: room for name, room in inside.items() if not room.endswith(".training")}
    return {
        room: frozenset(inside[to] for name in inside if inside[name] == room for to in imports()[name] if to in inside)
        - {room}
        for room in sorted(set(inside.values()))
    }


def cycle(graph: Graph) -> tuple[str, ...]:
    """Names that import each other in a ring, the first of them again at the end; empty where there is no ring."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done:
            return ()
        ring = next((ring for to in sorted(graph[name]) if (ring := visit(to, (*path, name)))), ())
        done.add(name)
        return ring

    return next((ring for name in sorted(graph) if (ring := visit(name, ()))), ())


def reduced(graph: Graph) -> Graph:
    """The graph without the arrows that follow from others."""

    def below(name: str) -> set[str]:
        return set(graph[name]).union(*(below(to) for to in graph[name]))

    return {name: frozenset(tos.difference(*(below(to) for to in tos))) for name, tos in graph.items()}


def columns(graph: Graph) -> dict[str, int]:
    """A column for each room, to the right of all that import it."""

    @cache
    def column(name: str) -> int:
        return max((column(other) + 1 for other in graph if name in graph[other]), default=0)

    return {name: column(name) for name in graph}


def lines(room: str, deep: bool = False) -> str:
    """How many lines a room has, in words; rounded, so that a small change leaves the picture as it is."""
    inside = [name for name in modules() if room_of(name) == room or (deep and room_of(name).startswith(f"{room}."))]
    count = sum(len(modules()[name].read_text("utf-8").splitlines()) for name in inside)
    return f"{max(round(count, -2), 100):,} lines"


def text_of(room: str) -> str:
    """The first sentence of a room's docstring."""
    return (ast.get_docstring(ast.parse(modules()[room].read_text("utf-8"))) or "").split(". ")[0].rstrip(".")


def own_modules(package: str) -> str:
    """The names of the modules of a package's own folder."""
    names = [name.removeprefix(f"{package}.") for name in modules() if room_of(name) == package and name != package]
    return ", ".join(name for name in names if not name.startswith("__"))


def picture() -> str:
    """The whole drawing. The same code gives the same bytes."""
    parts, top = [], MARGIN
    for package in PACKAGES:
        drawn, height = _package(package, top)
        parts += drawn
        top += height + BETWEEN
        if package != PACKAGES[-1]:
            parts.append(f'<path d="M{WIDTH // 2} {top - BETWEEN} V{top - 3}"/>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top - BETWEEN + MARGIN}" width="{WIDTH}">'
        f"<style>{STYLE}</style>"
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<polygon points="0,0 8,4 0,8" fill="#2f5d8c"/></marker></defs>'
        '<rect width="100%" height="100%" fill="#fff"/>'
    )
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def _package(package: str, top: int) -> tuple[list[str], int]:
    """A package's frame with its rooms, and how high it is."""
    graph = rooms(package)
    place = columns(graph)
    busiest = sorted(graph, key=lambda name: (-len(graph[name]), name))
    row = {name: [other for other in busiest if place[other] == place[name]].index(name) for name in graph}
    count = max(row.values()) + 1
    height = max(count * HEIGHT + (count + 1) * 16, 150)
    left = 2 * MARGIN + TITLE + (4 - max(place.values()) - 1) * (BOX + GAP)
    offset = (height - count * HEIGHT - (count - 1) * 16) // 2
    at = {name: (left + place[name] * (BOX + GAP), top + offset + row[name] * (HEIGHT + 16)) for name in graph}
    drawn = [f'<rect class="package" x="{MARGIN}" y="{top}" width="{WIDTH - 2 * MARGIN}" height="{height}" rx="8"/>']
    drawn += _words(package, MARGIN + 14, top + 26, 36, lines(package, deep=True), own_modules(package))
    for name, (x, y) in at.items():
        drawn.append(f'<rect class="room" x="{x}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="5"/>')
        drawn += _words(name, x + 10, y + 21, 28, lines(name))
    drawn += [_arrow(at[name], at[to]) for name, tos in sorted(reduced(graph).items()) for to in sorted(tos)]
    return drawn, height


def _words(room: str, x: int, y: int, width: int, count: str, own: str = "") -> list[str]:
    """A room's name, its lines, what it is, and the modules of its own folder."""
    name = room.split(".", 1)[-1].replace(".", "/")
    rows = [("", line) for line in textwrap.wrap(text_of(room), width)]
    rows += [("modules", line) for line in textwrap.wrap(own, width - 2)]
    head = (
        f'<text x="{x}" y="{y}"><tspan class="name">{escape(name)}/</tspan> <tspan class="count">{count}</tspan></text>'
    )
    return [head] + [
        f'<text class="{kind}" x="{x}" y="{y + 17 + 14 * n}">{escape(line)}</text>'
        for n, (kind, line) in enumerate(rows)
    ]


def _arrow(start: Sequence[int], end: Sequence[int]) -> str:
    x, y, to, down = start[0] + BOX, start[1] + HEIGHT // 2, end[0] - 2, end[1] + HEIGHT // 2
    bend = (to - x) // 2
    return f'<path d="M{x} {y} C{x + bend} {y} {to - bend} {down} {to} {down}"/>'


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
    print(f"Wrote {PICTURE.relative_to(ROOT)}.")
