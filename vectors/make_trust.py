"""Write the vectors of trust over time: ``python vectors/make_trust.py [OUT]`` (OUT/trust, if given).

Nothing here imports openletter: `archivefiles` makes records and signatures, and what must come out is written down for
each scenario. Headers and the form of the payload are in ``vectors/README.md``, "A scenario".
"""

from __future__ import annotations

import sys
from pathlib import Path

import trust_keys
import trust_letters
from scenario import vectors
from vectorfile import remove_stale, write


def main(arguments: list[str]) -> None:
    """Write all vectors, and remove what is no longer one."""
    out = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    for group in (*trust_keys.GROUPS, *trust_letters.GROUPS):
        group()
    for name, (headers, payload) in vectors.items():
        assert headers.get("honest") is None or headers["honest"] in vectors, name
        write(out / "trust" / f"{name}.vec", headers, payload)
    remove_stale(out / "trust", {f"{name}.vec" for name in vectors})


if __name__ == "__main__":
    main(sys.argv[1:])
