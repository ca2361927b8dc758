"""A linter of ten rules fewer than others: no bare `except`, no `print` outside tools, a docstring each."""

import ast
import pathlib
import sys


def complaints(path: pathlib.Path):
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node, "bare-except", "a bare `except` also catches an interrupt"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
            yield node, "no-print", "results are returned, not printed"
        if isinstance(node, ast.FunctionDef) and not ast.get_docstring(node):
            yield node, "docstring", f"`{node.name}` says nothing about itself"


def main(paths: list[str]) -> int:
    found = 0
    for name in paths:
        for node, rule, message in complaints(pathlib.Path(name)):
            print(
                f"{name}:{node.lineno}:{node.col_offset + 1}: error: {message} [{rule}]"
            )
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
