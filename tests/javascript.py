"""The functions and identifiers of JavaScript sources, by a tokenizer that knows what a brace or a slash may mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mnistry

# Alternatives in order: what is not code, then names, numbers and punctuation.
TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<name>\#?[A-Za-z_$][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<mark>=>|\?\.(?!\d)|\+\+|--|[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
TEMPLATE = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*", re.DOTALL)
SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)
NO_METHODS = {"if", "for", "while", "switch", "catch", "with", "await"}  # before `(…) {`; the last of `for await`
BEFORE_REGEX = {
    "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "do", "else", "yield", "await",
}  # fmt: skip
KEYWORDS = BEFORE_REGEX | NO_METHODS | {
    "as", "async", "break", "class", "const", "continue", "default", "export", "extends", "false", "finally", "from",
    "function", "get", "import", "instanceof", "let", "null", "set", "static", "super", "this", "true", "try", "undefined",
    "var",
}  # fmt: skip


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Function:
    name: str  # "" for one without a name
    line: int
    lines: int


def scripts(html: str) -> list[str]:
    """The JavaScript within a page."""
    found = SCRIPT.finditer(html)
    return [one["text"] for one in found if "src=" not in one["attributes"] and "json" not in one["attributes"]]


def tokens(text: str) -> list[Token]:
    """Those of a source, except comments. Parts of a template between `${` and `}` are tokens like any others."""
    found: list[Token] = []
    braces: list[bool] = []  # of each open brace, whether it is a template's
    at, line = 0, 1
    while at < len(text):
        before = found[-1] if found else None
        if text[at] == "`" or (text[at] == "}" and braces and braces.pop()):
            inside = TEMPLATE.match(text, at + 1)
            assert inside, f"line {line}: a template without an end"
            kind, end = "template", inside.end()
            if text[end : end + 2] == "${":
                braces.append(True)
                end += 1
            end += 1
        elif text[at] == "/" and text[at + 1] not in "/*" and not _ends_value(before):
            regex = REGEX.match(text, at)
            assert regex, f"line {line}: a regular expression without an end"
            kind, end = "regex", regex.end()
        else:
            token = TOKEN.match(text, at)
            assert token, f"line {line}: {text[at : at + 20]!r}"
            kind, end = str(token.lastgroup), token.end()
            if text[at] == "{":
                braces.append(False)
        if kind != "space":
            found.append(Token(kind, text[at:end], line))
        line += text.count("\n", at, end)
        at = end
    return found


def identifiers(text: str) -> set[str]:
    return {token.text.lstrip("#") for token in tokens(text) if token.kind == "name"} - KEYWORDS


def functions(text: str) -> Iterator[Function]:
    """Functions, methods and arrow functions, nested ones too."""
    found = tokens(text)
    partner = _partners(found)
    for i, token in enumerate(found):
        if token.text == "=>":
            first = partner[i - 1] if found[i - 1].text == ")" else i - 1
            last = partner[i + 1] if found[i + 1].text == "{" else _end_of_expression(found, partner, i + 1)
            name = found[first - 2].text if found[first - 1].text == "=" else ""
        elif token.text == "{" and found[i - 1].text == ")":
            first, last = partner[i - 1] - 1, partner[i]
            name = found[first].text
            if name in NO_METHODS:
                continue
        else:
            continue
        yield Function(name, found[first].line, found[last].line - found[first].line + 1)


def _ends_value(token: Token | None) -> bool:
    """Whether a slash after this token divides, rather than begins a regular expression."""
    if token is None or token.text in BEFORE_REGEX:
        return False
    return token.kind in ("name", "number", "string", "template", "regex") or token.text in (")", "]", "}", "++", "--")


def _partners(found: list[Token]) -> dict[int, int]:
    """The index of each bracket's partner. A template's parts pair, too: the one that opens, and the next."""
    partner: dict[int, int] = {}
    waiting: list[int] = []
    for i, token in enumerate(found):
        opens, closes = token.text in ("(", "[", "{"), token.text in (")", "]", "}")
        if token.kind == "template":
            opens, closes = token.text.endswith("${"), token.text.startswith("}")
        if closes:
            partner[i] = waiting.pop()
            partner[partner[i]] = i
        if opens:
            waiting.append(i)
    assert not waiting, f"line {found[waiting[-1]].line}: {found[waiting[-1]].text} without an end"
    return partner


def _end_of_expression(found: list[Token], partner: dict[int, int], at: int) -> int:
    """The last token of an arrow function's body: before what closes a bracket around it, or a comma or semicolon."""
    while at < len(found) and found[at].text not in (",", ";", ")", "]", "}"):
        if found[at].kind == "template" and found[at].text.startswith("}"):
            break
        at = partner.get(at, at) + 1 if found[at].kind != "template" else _end_of_template(found, partner, at) + 1
    return at - 1


def _end_of_template(found: list[Token], partner: dict[int, int], at: int) -> int:
    while found[at].text.endswith("${"):
        at = partner[at]
    return at


SOURCE = Path(mnistry.__file__).parent
SCRIPTS = {path.relative_to(SOURCE).as_posix(): [path.read_text("utf-8")] for path in sorted(SOURCE.rglob("*.js"))}
SCRIPTS |= {
    path.relative_to(SOURCE).as_posix(): found
    for path in sorted(SOURCE.rglob("*.html"))
    if (found := scripts(path.read_text("utf-8")))
}
