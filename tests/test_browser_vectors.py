"""The verifier of a page: the project's vectors, joined into one script, under Node and in a real browser."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser import chromium, served
from openletter.rendering.verifier_source import MODULES, joined, module_source, verifier_source
from tools import need

ROOT = Path(__file__).parent.parent
VERIFIER = "src/openletter/rendering/verifier"
# What is judged by libraries that a page doesn't have, and a history, which is git's.
NOT_IN_A_PAGE = {"pins", "timestamps", "history"}
_TOP = re.compile(r"^(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:function|const|class) (\w+)", re.MULTILINE)

RUNNER = """
import { differing } from "/tests/independent/outcomes.mjs";
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
window.run = async () => {
  const vectors = await (await fetch("/vectors.json")).json();
  const wrong = [];
  for (const [path, data] of Object.entries(vectors)) {
    const { expect, others } = await differing(path.split("/")[0], bytes(data));
    for (const found of others) wrong.push({ vector: path, expect, found });
  }
  return { judged: Object.keys(vectors).length, wrong };
};
window.ready = true;
"""


@pytest.fixture(scope="module")
def joined_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's second reading, with each module of the verifier taken out of the joined script."""
    tree = tmp_path_factory.mktemp("joined")
    shutil.copytree(ROOT / "tests" / "independent", tree / "tests" / "independent")
    folder = tree / VERIFIER
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{ "type": "module" }')
    exports = {name: _EXPORT.findall(module_source(name)) for name in MODULES}
    everything = ", ".join(name for names in exports.values() for name in names)
    script = f'"use strict";\nglobalThis.joined = (function () {{\n{joined()}\nreturn {{ {everything} }};\n}})();\n'
    (folder / "joined.js").write_text(script, encoding="utf-8")
    for name, names in exports.items():
        shim = f'import "./joined.js";\nexport const {{ {", ".join(names)} }} = globalThis.joined;\n'
        (folder / f"{name}.js").write_text(shim, encoding="utf-8")
    (tree / "run.js").write_text(RUNNER, encoding="utf-8")
    (tree / "index.html").write_text(
        '<!DOCTYPE html><meta charset="utf-8"><script type="module" src="/run.js"></script>'
    )
    (tree / "vectors.json").write_text(json.dumps(dict(vectors())), encoding="utf-8")
    return tree


def vectors() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "vectors").glob("*/*.vec")):
        if path.parent.name not in NOT_IN_A_PAGE:
            yield f"{path.parent.name}/{path.name}", base64.b64encode(path.read_bytes()).decode()


def counted(names: list[str]) -> dict[str, int]:
    return dict(Counter(name.split("/")[0] for name in names))


def test_every_vector_has_the_same_answer_in_the_joined_script_under_node(joined_tree: Path) -> None:
    program = joined_tree / "tests" / "independent" / "vectors.mjs"
    run = subprocess.run([need("node"), program, ROOT / "vectors"], capture_output=True, check=True)
    report = json.loads(run.stdout)
    assert report["wrong"] == []
    mine = {name: count for name, count in report["counts"].items() if name not in NOT_IN_A_PAGE}
    assert mine == counted([name for name, _ in vectors()])
    assert {"canonical", "records", "repertoire", "sshsig", "trust"} <= mine.keys()


def in_browser(tree: Path) -> Any:
    with served(tree) as address, chromium() as browser:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_function("window.ready === true")
        return page.evaluate("window.run()")


def test_every_vector_has_the_same_answer_in_a_browser(joined_tree: Path) -> None:
    assert in_browser(joined_tree) == {"judged": len(dict(vectors())), "wrong": []}


def test_a_browser_that_takes_every_signature_for_good_is_noticed(joined_tree: Path, tmp_path: Path) -> None:
    tree = tmp_path / "lax"
    shutil.copytree(joined_tree, tree)
    script = (tree / VERIFIER / "joined.js").read_text(encoding="utf-8")
    old = 'if (!(await crypto.subtle.verify({ name: "Ed25519" }, point, raw, data)))'
    assert script.count(old) == 1
    (tree / VERIFIER / "joined.js").write_text(script.replace(old, "if (!point || !data || !raw)"), encoding="utf-8")
    some = {name: data for name, data in vectors() if name.startswith("sshsig/")}
    (tree / "vectors.json").write_text(json.dumps(some), encoding="utf-8")
    found = {one["expect"] for one in in_browser(tree)["wrong"]}
    # Keys of low order, and a second spelling of a number, are refused before the browser is asked.
    assert found == {"SignatureMismatch"}


def test_keys_of_low_order_are_refused_before_the_browser_is_asked(joined_tree: Path) -> None:
    spec = (ROOT / "spec" / "signatures.md").read_text(encoding="utf-8")
    points = re.findall(r"^\| .+ \| [01] \| [1248] \| `([0-9a-f]{64})` \|$", spec, re.MULTILINE)
    assert len(points) == 14
    # The browser would say that all signatures are good.
    ask = """(points) => {
      SubtleCrypto.prototype.importKey = SubtleCrypto.prototype.verify = async () => true;
      const string = (bytes) => [0, 0, 0, bytes.length, ...bytes];
      const type = string([...new TextEncoder().encode("ssh-ed25519")]);
      return points.map((digits) => {
        const point = digits.match(/../g).map((pair) => parseInt(pair, 16));
        try {
          globalThis.joined.readKey(new Uint8Array([...type, ...string(point)]));
          return "accept";
        } catch (failure) {
          return failure.type;
        }
      });
    }"""
    with served(joined_tree) as address, chromium() as browser:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_function("window.ready === true")
        assert page.evaluate(ask, points) == ["WeakKey"] * 14


def test_no_two_modules_have_a_name_in_common() -> None:
    names = Counter(_TOP.findall(joined()))
    assert len(names) > 50
    assert {name for name, count in names.items() if count > 1} == set()


@pytest.mark.parametrize("name", MODULES)
def test_each_module_imports_only_those_before_it_under_their_names(name: str) -> None:
    source = module_source(name)
    pattern = re.compile(r'import \{ (\w+(?:, \w+)*) \} from "\./(\w+)\.js";')
    for line in re.findall(r"^import .*$", source, re.MULTILINE):
        found = pattern.fullmatch(line)
        assert found is not None, line
        before = MODULES[: MODULES.index(name)]
        assert found[2] in before
        assert set(found[1].split(", ")) <= set(_EXPORT.findall(module_source(found[2])))
    assert not re.search(r"\bimport\(|^export (default|\{|\*)|^export let|^export var", source, re.MULTILINE)


def test_joined_script_parses_and_can_stand_in_html(tmp_path: Path) -> None:
    script = verifier_source()
    (tmp_path / "verifier.js").write_text(script, encoding="utf-8")
    subprocess.run([need("node"), "--check", tmp_path / "verifier.js"], check=True)
    assert script.isascii()
    assert not re.search(r"</script|<!--|<script", script, re.IGNORECASE)
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)


def test_script_makes_no_html_out_of_text_and_runs_none() -> None:
    script = re.sub(r"^\s*//.*$", "", verifier_source(), flags=re.MULTILINE)
    words = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|setAttribute\(.on|https?:"
    assert re.findall(words, script) == []


def test_table_of_characters_is_made_from_the_spec(tmp_path: Path) -> None:
    program = ROOT / "tests" / "independent" / "make_repertoire.mjs"
    subprocess.run([need("node"), program, tmp_path / "repertoire.js"], check=True)
    assert (tmp_path / "repertoire.js").read_text() == module_source("repertoire")


def test_every_module_is_joined() -> None:
    assert {path.stem for path in (ROOT / VERIFIER).glob("*.js")} == set(MODULES)
