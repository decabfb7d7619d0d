"""Scenarios of ``make_trust.py`` about a letter: signatures and how old they are, withdrawals, demands, rubbish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archivefiles import FOLDER, LETTER, Archive, Key, digest, own, tree, withdrawal
from scenario import (
    ALDER,
    BIRCH,
    CEDAR,
    DOGWOOD,
    ELM,
    NEW,
    OLD,
    PINNED_DEMAND,
    PUPPET,
    RECOVERY,
    THIEF,
    Pin,
    enrolled,
    fault,
    first_digests,
    key,
    scenario,
    seen,
    verdict,
)

# --- keys and signatures that are others' -----------------------------------------------------------------------------


def borrowed() -> None:
    for name, shared, honest in (("keys-of-their-own", False, None), ("key-of-two", True, "keys-of-their-own")):
        archive = Archive()
        archive.enrol(ALDER, BIRCH)
        its = OLD if shared else own(ELM)
        archive.key_record(ELM, 1, [(its, "active")], (ELM, its))
        archive.letter(listed=(ALDER, BIRCH, ELM))
        archive.sign(ALDER)
        archive.sign(BIRCH)
        archive.sign(ELM, key=its)
        said = ("unproven", None, "recorded") if shared else ("signed", 1, "recorded")
        scenario(
            name,
            "one key listed by two organizations counts for neither" if shared else "each organization has its own key",
            archive,
            key(ALDER, OLD),
            key(BIRCH, own(BIRCH)),
            key(ELM, its),
            verdict(ALDER, *said),
            verdict(BIRCH, "signed", 1, "recorded"),
            verdict(ELM, *said),
            "demand unmet" if shared else "demand met",
            require="all",
            honest=honest,
        )
    for name, copied, honest in (("endorsement", False, None), ("signature-of-another", True, "endorsement")):
        archive = enrolled(ELM)
        archive.sign(ALDER)
        archive.sign(ELM, key=OLD if copied else None)
        scenario(
            name,
            "another's signature under one's own id proves nothing of it"
            if copied
            else "an organization that isn't listed signs",
            archive,
            key(ALDER, OLD),
            key(ELM, own(ELM)),
            verdict(ALDER, "signed", 1, "recorded"),
            verdict(ELM, "unproven") if copied else verdict(ELM, "endorsed", 1, "recorded"),
            honest=honest,
        )


# --- what is older than what ------------------------------------------------------------------------------------------


def witnesses() -> None:
    """Alder's first key is compromised since 1 June; the letter bears its signature."""
    pins = [(ALDER, OLD), (BIRCH, own(BIRCH))]
    signature = f"{FOLDER}/0001.{ALDER}.{OLD.short}.sig"
    declaration = f"keys/{ALDER}/0002.yaml"

    def declared(
        name: str,
        comment: str,
        said: str,
        *more: str,
        since: str = "2026-06-01",
        honest: str = "witnessed-before",
        **given: Any,
    ) -> None:
        archive: Archive = given.pop("archive", None) or compromised(since)
        good = said == "signed"
        scenario(
            name,
            comment,
            archive,
            *more,
            key(ALDER, OLD, "compromised", "pinned"),
            key(ALDER, NEW, evidence="pinned-through-rotation"),
            verdict(ALDER, said, 1 if good else None, "pinned"),
            "demand met" if good else "demand unmet",
            pins=pins,
            honest=None if good else honest,
            **PINNED_DEMAND,
            **given,
        )

    def by(
        organization: str, day: str, *keys: Key, holds: Sequence[str] = (signature,), since: str = "2026-06-01"
    ) -> tuple[dict[str, Any], str]:
        archive = compromised(since)
        path = archive.checkpoint(organization, day, *(keys or (own(organization),)))
        return {"archive": archive, "sightings": [" ".join([path, "matches", *holds])], "since": since}, path

    given, _ = by(BIRCH, "2026-05-20")
    declared(
        "witnessed-before",
        "a confirmed organization saw the signature before the key was doubted",
        "signed",
        seen(signature, "2026-05-20", BIRCH),
        **given,
    )
    declared(
        "backdated-by-a-compromised-key",
        "a thief signs, and nothing but the date of the letter says when",
        "unproven",
    )
    given, _ = by(BIRCH, "2026-06-20")
    declared(
        "backdated-and-witnessed-later",
        "the first that saw the signature saw it after the key was doubted",
        "disputed",
        seen(signature, "2026-06-20", BIRCH),
        **given,
    )
    given, _ = by(BIRCH, "2026-05-20", holds=(f"keys/{ALDER}/0001.yaml",))
    declared(
        "witness-without-the-signature", "the witness held the key record, and not the signature", "unproven", **given
    )
    given, _ = by(BIRCH, "2026-05-20", holds=(signature, declaration))
    declared(
        "witness-that-knew-of-the-declaration",
        "what the witness saw held the declaration too: it can't be from before it, whatever its date",
        "unproven",
        seen(signature, "2026-05-20", BIRCH),
        **given,
    )
    given, _ = by(PUPPET, "2026-01-20")
    declared("checkpoint-by-a-puppet", "an invented organization signs an old date", "unproven", **given)
    given, _ = by(BIRCH, "2026-01-20", THIEF)
    declared(
        "checkpoint-in-anothers-name",
        "a checkpoint in the name of a confirmed organization, by a key that it has not on record",
        "unproven",
        **given,
    )
    given, _ = by(ALDER, "2026-01-20", OLD, NEW)
    declared("checkpoint-by-the-signer", "the organization itself signs an old date", "unproven", **given)
    given, _ = by(BIRCH, "2026-05-20", since="1900-01-01")
    declared(
        "since-1900",
        "an organization that regrets doubts its key from long ago: the signature that was seen is disputed, not gone",
        "disputed",
        seen(signature, "2026-05-20", BIRCH),
        **given,
    )
    for state, name, comment in (
        ("differs", "witness-that-never-matched", "the commit has another tree than the checkpoint says"),
        ("absent", "witness-of-a-lost-commit", "the history lacks the commit of the checkpoint"),
        ("unknown", "witness-without-a-history", "in a folder without git nothing of a checkpoint can be established"),
    ):
        given, path = by(BIRCH, "2026-05-20")
        declared(name, comment, "unproven", **(given | {"sightings": [f"{path} {state}"]}))
    given, path = by(PUPPET, "2027-01-20")
    declared(
        "timestamped-before",
        "an authority that the verifier names stamped the checkpoint before the key was doubted, whoever made it",
        "signed",
        seen(signature, "2026-05-31", "tsa.example"),
        **given,
        timestamps=[f"{path} tsa.example 2026-05-31T23:59:59Z"],
    )
    # What a token is worth is judged elsewhere: here it is among those that count, or it isn't.
    declared(
        "timestamp-that-does-not-count",
        "a timestamp over other bytes or by an authority that the verifier doesn't name is not among those that count",
        "unproven",
        honest="timestamped-before",
        **given,
    )
    retired(signature, pins)


def compromised(since: str) -> Archive:
    archive = enrolled(BIRCH, PUPPET)
    archive.sign(ALDER)
    archive.key_record(ALDER, 2, [(OLD, "compromised", since), (NEW, "active")], (ALDER, OLD), (ALDER, NEW))
    return archive


def later() -> None:
    """Two revisions, the second of them signed with the key that was declared compromised; the first is judged."""
    for name, comment, signer, evidence in (
        (
            "unproven-by-a-known-key",
            "the key of the unproven signature is one that the verifier confirmed",
            OLD,
            "pinned",
        ),
        (
            "unproven-before-a-known-key",
            "the unproven signature is by a key on no record: a later one, by a confirmed key, says nothing of it",
            THIEF,
            None,
        ),
    ):
        archive = compromised("2026-06-01")
        if signer == THIEF:
            del archive.files[f"{FOLDER}/0001.{ALDER}.{OLD.short}.sig"]
            archive.sign(ALDER, key=THIEF)
        archive.letter(2, listed=(ALDER,), body="We ask you to open all the water records.")
        archive.sign(ALDER, 2)
        scenario(
            name,
            comment,
            archive,
            key(ALDER, OLD, "compromised", "pinned"),
            key(ALDER, NEW, evidence="pinned-through-rotation"),
            verdict(ALDER, "unproven", None, evidence),
            judge=f"{LETTER}@1",
            pins=[(ALDER, OLD)],
        )


def retired(signature: str, pins: Sequence[Pin]) -> None:
    """Alder's first key is retired by a record of 5 June."""
    for name, comment, day in (
        ("retired-and-witnessed", "a witness shows that the signature is older than the retirement", "2026-05-20"),
        ("retired-without-a-witness", "nothing shows that the signature is older: it stands, unmarked", None),
        (
            "retired-and-left-out",
            "a host shows a witness a state without the retirement, after its day: the signature stands, unmarked",
            "2026-06-20",
        ),
    ):
        archive = enrolled(BIRCH)
        archive.sign(ALDER)
        archive.key_record(ALDER, 2, [(OLD, "retired"), (NEW, "active")], (ALDER, OLD), (ALDER, NEW), date="2026-06-05")
        path = archive.checkpoint(BIRCH, day or "2026-05-20", own(BIRCH))
        marked = name == "retired-and-witnessed"
        scenario(
            name,
            comment,
            archive,
            *([seen(signature, day, BIRCH)] if day else []),
            *([f"older {signature}"] if marked else []),
            key(ALDER, OLD, "retired", "pinned"),
            key(ALDER, NEW, evidence="pinned-through-rotation"),
            verdict(ALDER, "signed", 1, "pinned"),
            "demand met",
            pins=pins,
            sightings=[f"{path} matches {signature}"] if day else [],
            honest=None if marked else "retired-and-witnessed",
            **PINNED_DEMAND,
        )


def declared_by_others() -> None:
    """Two others declare the key compromised by a recovery; a witness saw the signature, and more or less of that."""
    signature = f"{FOLDER}/0001.{ALDER}.{OLD.short}.sig"
    record = f"keys/{ALDER}/0002.yaml"
    consent = [f"keys/{ALDER}/0002.{helper}.{own(helper).short}.sig" for helper in (BIRCH, CEDAR)]
    for name, comment, holds in (
        ("declaration-that-waited", "the record was there when a witness saw the signature, without consent", [record]),
        ("declaration-half-agreed", "the same, with the consent of one where it takes two", [record, consent[0]]),
        ("declaration-agreed", "the witness saw the record with all that it took", [record, *consent]),
    ):
        archive = enrolled(BIRCH, CEDAR, DOGWOOD, recovery=RECOVERY)
        archive.sign(ALDER)
        archive.key_record(
            ALDER,
            2,
            [(OLD, "compromised", "2026-06-01"), (NEW, "active")],
            (ALDER, NEW),
            (BIRCH, own(BIRCH)),
            (CEDAR, own(CEDAR)),
            basis="recovery",
            recovery=RECOVERY,
            authorized_by=first_digests(archive, BIRCH, CEDAR),
        )
        path = archive.checkpoint(DOGWOOD, "2026-05-20", own(DOGWOOD))
        good = consent[1] not in holds
        scenario(
            name,
            comment,
            archive,
            seen(signature, "2026-05-20", DOGWOOD),
            f"recovered {ALDER} 2",
            key(ALDER, OLD, "compromised", "pinned"),
            key(ALDER, NEW),
            verdict(ALDER, "signed" if good else "unproven", 1 if good else None, "pinned"),
            "demand met" if good else "demand unmet",
            pins=[(ALDER, OLD), (DOGWOOD, own(DOGWOOD))],
            sightings=[" ".join([path, "matches", signature, *holds])],
            honest="witnessed-before",
            **PINNED_DEMAND,
        )


def shared_since() -> None:
    """Somebody who has the key lists it under an invented organization, and what was signed before is witnessed."""
    signature = f"{FOLDER}/0001.{ALDER}.{OLD.short}.sig"
    listing = f"keys/{PUPPET}/0001.yaml"
    for name, comment, shared, holds in (
        ("key-of-one", "a witness saw the signature", False, [signature]),
        ("key-of-two-to-regret", "another lists the key too, since a witness saw the signature", True, [signature]),
        (
            "key-of-two-witnessed-later",
            "the witness saw both the signature and the record of another that lists the key",
            True,
            [signature, listing],
        ),
    ):
        archive = enrolled(BIRCH)
        archive.sign(ALDER)
        if shared:
            archive.key_record(PUPPET, 1, [(OLD, "active")], (PUPPET, OLD))
        path = archive.checkpoint(BIRCH, "2026-05-20", own(BIRCH))
        said = "signed" if not shared else "disputed" if listing not in holds else "unproven"
        scenario(
            name,
            comment,
            archive,
            seen(signature, "2026-05-20", BIRCH),
            key(ALDER, OLD, evidence="pinned"),
            verdict(ALDER, said, None if shared else 1, "pinned"),
            "demand unmet" if shared else "demand met",
            pins=[(ALDER, OLD), (BIRCH, own(BIRCH))],
            sightings=[" ".join([path, "matches", *holds])],
            honest="key-of-one" if shared else None,
            **PINNED_DEMAND,
        )


def checkpoints() -> None:
    """A whole archive is judged, and what the history says of its checkpoints."""
    for name, state, signer, error, comment in (
        ("checkpoint-true", "matches", BIRCH, None, "a checkpoint whose commit has the tree that it names"),
        ("checkpoint-that-never-matched", "differs", BIRCH, "CheckpointMismatch", "the commit has another tree"),
        ("checkpoint-of-a-lost-commit", "absent", BIRCH, "HistoryError", "the complete history lacks the commit"),
        (
            "checkpoint-without-a-history",
            "unknown",
            BIRCH,
            None,
            "without history nothing is established, and no fault",
        ),
        ("checkpoint-false-by-nobody", "differs", None, None, "nobody signed it, so that it accuses nobody"),
        ("checkpoint-false-in-anothers-name", "differs", ALDER, None, "signed by a key that birch has not on record"),
    ):
        archive = enrolled(BIRCH)
        archive.sign(ALDER)
        path = archive.checkpoint(BIRCH, "2026-05-20", *([own(signer)] if signer else []))
        scenario(
            name,
            comment,
            archive,
            *([fault(path, error)] if error else []),
            key(ALDER, OLD),
            key(BIRCH, own(BIRCH)),
            verdict(ALDER, "signed", 1, "recorded"),
            judge="archive",
            sightings=[f"{path} {state}"],
            honest=None if name == "checkpoint-true" else "checkpoint-true",
        )


# --- withdrawals ------------------------------------------------------------------------------------------------------


def withdrawals() -> None:
    both = [key(ALDER, OLD)]

    def signed_twice() -> Archive:
        archive = enrolled(BIRCH)
        archive.sign(ALDER)
        archive.letter(2, listed=(ALDER,), body="We ask you to open all the water records.")
        archive.sign(ALDER, 2)
        return archive

    archive = signed_twice()
    archive.withdraw(ALDER, 2)
    scenario(
        "withdrawal",
        "the organization withdraws from what it signed",
        archive,
        *both,
        verdict(ALDER, "withdrawn", 2, "recorded"),
        "demand unmet",
        require=ALDER,
    )
    archive = signed_twice()
    archive.withdraw(ALDER, 2, own(BIRCH))
    scenario(
        "withdrawal-by-another",
        "a withdrawal in the organization's name, by another's key, ends nothing",
        archive,
        *both,
        verdict(ALDER, "signed", 2, "recorded"),
        "demand met",
        require=ALDER,
        honest="withdrawal",
    )
    archive = signed_twice()
    archive.withdraw(ALDER, 1)
    scenario(
        "withdrawal-of-an-earlier-revision",
        "the organization withdrew from the first revision, and signed the second",
        archive,
        *both,
        verdict(ALDER, "signed", 2, "recorded"),
        "demand met",
        require=ALDER,
    )
    for path in [path for path in archive.files if "_withdrawal." in path]:
        archive.files[path.replace("/0001.", "/0002.")] = archive.files.pop(path)
    moved = sorted(path for path in archive.files if "_withdrawal." in path)
    scenario(
        "withdrawal-replayed",
        "a withdrawal from the first revision is put under the name of the second",
        archive,
        fault(next(path for path in moved if path.endswith(".yaml")), "MisplacedRecord"),
        fault(next(path for path in moved if path.endswith(".sig")), "SignatureError"),
        *both,
        verdict(ALDER, "signed", 2, "recorded"),
        "demand met",
        require=ALDER,
        honest="withdrawal-of-an-earlier-revision",
    )
    archive = signed_twice()
    path = archive.withdraw(ALDER, 2, text=digest(archive.files[f"{FOLDER}/0001.yaml"]))
    scenario(
        "withdrawal-of-another-text",
        "the withdrawal names revision 2, and the digest of another text",
        archive,
        fault(path.replace(f".{OLD.short}.sig", ".yaml"), "ChainError"),
        fault(path, "SignatureError"),
        *both,
        verdict(ALDER, "signed", 2, "recorded"),
        "demand met",
        require=ALDER,
        honest="withdrawal",
    )


# --- one kind passed off as another -----------------------------------------------------------------------------------


def kinds() -> None:
    archive = enrolled()
    archive.sign(ALDER)
    record = archive.files[f"keys/{ALDER}/0001.yaml"]
    archive.files[f"{FOLDER}/0002.yaml"] = record
    archive.files[f"{FOLDER}/0002.{ALDER}.{OLD.short}.sig"] = archive.files[
        f"keys/{ALDER}/0001.{ALDER}.{OLD.short}.sig"
    ]
    scenario(
        "kind-of-a-key-record",
        "a key record with its own good signature stands where a letter is due",
        archive,
        fault(f"{FOLDER}/0002.yaml", "UnknownFormat"),
        key(ALDER, OLD),
        "demand unmet",
        require=ALDER,
        honest="revision-signed",
    )
    archive = enrolled()
    archive.sign(ALDER)
    data = withdrawal(ALDER, 1, archive.digest(f"{FOLDER}/0001.yaml"))
    archive.files[f"{FOLDER}/0002.yaml"] = data
    archive.files[f"{FOLDER}/0002.{ALDER}.{OLD.short}.sig"] = OLD.sign(data)
    scenario(
        "kind-of-a-withdrawal",
        "a withdrawal with its own good signature stands where a letter is due",
        archive,
        fault(f"{FOLDER}/0002.yaml", "UnknownFormat"),
        key(ALDER, OLD),
        "demand unmet",
        require=ALDER,
        honest="revision-signed",
    )
    archive = enrolled()
    archive.sign(ALDER)
    archive.letter(2, listed=(ALDER,), body="We ask you to open all the water records.")
    archive.sign(ALDER, 2)
    scenario(
        "revision-signed",
        "the second revision, with a signature over it",
        archive,
        key(ALDER, OLD),
        verdict(ALDER, "signed", 2, "recorded"),
        "demand met",
        require=ALDER,
    )
    archive = enrolled()
    archive.letter(letter="2026/another-letter", listed=(ALDER,), body="We ask you to close the wells.")
    archive.sign(ALDER, letter="2026/another-letter")
    for path in (f"{FOLDER}/0001.yaml", archive.sign(ALDER)):
        archive.files[path] = archive.files.pop(path.replace(LETTER, "2026/another-letter"))
    archive.letter(2, listed=(ALDER,), body="We ask you to open all the water records.")
    scenario(
        "text-of-another-letter",
        "another letter with the signature over it stands as the first revision, and a second one follows",
        archive,
        fault(f"{FOLDER}/0001.yaml", "MisplacedRecord"),
        key(ALDER, OLD),
        verdict(ALDER, "named"),
        "demand unmet",
        require=ALDER,
        honest="revision-signed",
    )
    rubbish_beside = f"{FOLDER}/0001.{ALDER}.{THIEF.short}.sig"
    archive.files[rubbish_beside] = b"rubbish\n"
    scenario(
        "text-of-another-letter-and-rubbish",
        "the same, and rubbish with the name of a signature beside it: not all signatures there are invalid",
        archive,
        fault(rubbish_beside, "ArmorError"),
        fault(f"{FOLDER}/0001.yaml", "MisplacedRecord"),
        key(ALDER, OLD),
        verdict(ALDER, "named"),
        "demand unmet",
        require=ALDER,
    )
    archive = enrolled()
    path = archive.withdraw(ALDER)
    archive.files[f"{FOLDER}/0001.{ALDER}.{OLD.short}.sig"] = archive.files[path]
    del archive.files[path]
    del archive.files[path.replace(f".{OLD.short}.sig", ".yaml")]
    scenario(
        "signature-of-a-withdrawal",
        "the signature over a withdrawal is put under the name of one over the letter",
        archive,
        fault(f"{FOLDER}/0001.{ALDER}.{OLD.short}.sig", "SignatureMismatch"),
        key(ALDER, OLD),
        verdict(ALDER, "invalid"),
        "demand unmet",
        require=ALDER,
        honest="key-recorded",
    )
    archive = enrolled()
    archive.sign(ALDER)
    scenario(
        "key-recorded",
        "a signature by the key on record",
        archive,
        key(ALDER, OLD),
        verdict(ALDER, "signed", 1, "recorded"),
        "demand met",
        require=ALDER,
    )


# --- names and numbers ------------------------------------------------------------------------------------------------


def demands() -> None:
    five = tuple(tree(f"puppet-{number}") for number in ("one", "two", "three", "four", "five"))
    for name, listed, honest in (("five-listed", True, None), ("five-invented", False, "five-listed")):
        archive = Archive()
        archive.enrol(*five)
        archive.letter(listed=five if listed else (("", "The Assembly of the Lower Valley"),))
        for organization in five:
            archive.sign(organization)
        scenario(
            name,
            "five that are listed have signed"
            if listed
            else "five that nobody listed have signed: whoever writes to an archive can invent as many",
            archive,
            *(key(organization, own(organization)) for organization in five),
            *(verdict(one, "signed" if listed else "endorsed", 1, "recorded") for one in five),
            *([] if listed else [verdict("-", "named")]),
            "demand met" if listed else "demand unmet",
            require="5",
            honest=honest,
        )
    for name, by_id, comment in (
        ("all-listed-by-id", True, "everybody listed has an id, and signed"),
        ("all-of-none", False, "the letter lists names without ids: all of them are no one's signatures"),
    ):
        archive = Archive()
        archive.enrol(ALDER)
        archive.letter(listed=((ALDER if by_id else "", "Alder Institute"),))
        archive.sign(ALDER)
        scenario(
            name,
            comment,
            archive,
            key(ALDER, OLD),
            *([] if by_id else [verdict("-", "named")]),
            verdict(ALDER, "signed" if by_id else "endorsed", 1, "recorded"),
            "demand met" if by_id else "demand unmet",
            require="all",
            honest=None if by_id else "all-listed-by-id",
        )
    archive = Archive()
    archive.enrol(ALDER)
    archive.letter(listed=())
    archive.sign(ALDER)
    scenario(
        "all-of-an-empty-list",
        "the letter lists nobody",
        archive,
        key(ALDER, OLD),
        verdict(ALDER, "endorsed", 1, "recorded"),
        "demand unmet",
        require="all",
        honest="all-listed-by-id",
    )
    famous = tree("world-rivers")
    for name, id_, comment in (
        ("famous-name", famous, "a famous name beside its own id"),
        ("famous-name-beside-another-id", ELM, "a famous name printed beside somebody else's id, which signs"),
    ):
        archive = Archive()
        archive.enrol(famous, ELM)
        archive.letter(listed=((id_, "World Rivers Institute"),))
        archive.sign(id_)
        good = id_ == famous
        scenario(
            name,
            comment,
            archive,
            key(id_, own(id_)),
            verdict(id_, "signed", 1, "recorded"),
            "demand met" if good else "demand unmet",
            require=famous,
            honest=None if good else "famous-name",
        )


# --- rubbish ----------------------------------------------------------------------------------------------------------


def rubbish() -> None:
    lines = (key(ALDER, OLD, evidence="pinned"), verdict(ALDER, "signed", 1, "pinned"), "demand met")
    archive = enrolled()
    archive.sign(ALDER)
    archive.files |= {
        f"keys/{PUPPET}/0001.yaml": b"\xff rubbish",
        f"keys/{ELM}/0001.{ELM}.{THIEF.short}.sig": b"rubbish",
        "archive/2026/a-letter-of-others/0001.yaml": b"rubbish: 1\n",
        f"archive/checkpoints/{ELM}/51d0c2b3a4958677.yaml": b"rubbish\n",
    }
    scenario(
        "rubbish-elsewhere",
        "what is wrong elsewhere in the archive fails no letter that is named",
        archive,
        *lines,
        pins=[(ALDER, OLD)],
        honest="key-pinned",
        **PINNED_DEMAND,
    )
    archive = enrolled()
    archive.sign(ALDER)
    archive.files[f"{FOLDER}/0001.{ALDER}.{THIEF.short}.sig"] = THIEF.sign(archive.files[f"{FOLDER}/0001.yaml"])
    scenario(
        "rubbish-under-ones-name",
        "a stranger signs in the organization's name: its own signature stands, and nothing is false",
        archive,
        *lines,
        pins=[(ALDER, OLD)],
        honest="key-pinned",
        **PINNED_DEMAND,
    )
    archive = enrolled()
    archive.sign(ALDER)
    archive.files[f"{FOLDER}/0001.{ALDER}.{THIEF.short}.sig"] = b"rubbish\n"
    scenario(
        "rubbish-beside-a-signature",
        "rubbish with the name of a signature is a fault, and takes nothing from the one beside it",
        archive,
        fault(f"{FOLDER}/0001.{ALDER}.{THIEF.short}.sig", "ArmorError"),
        *lines,
        pins=[(ALDER, OLD)],
        honest="key-pinned",
        **PINNED_DEMAND,
    )


GROUPS = (
    borrowed,
    witnesses,
    later,
    declared_by_others,
    shared_since,
    checkpoints,
    withdrawals,
    kinds,
    demands,
    rubbish,
)
