"""Scenarios of ``make_trust.py`` about key records: who changes them, who recovers them, who vouches for them."""

from __future__ import annotations

from collections.abc import Sequence

from archivefiles import Archive, Key, Listed, digest, own
from scenario import (
    ALDER,
    BIRCH,
    CEDAR,
    DOGWOOD,
    NEW,
    OLD,
    PINNED_DEMAND,
    PUPPET,
    PUPPETS,
    RECOVERY,
    THIEF,
    THIRD,
    enrolled,
    fault,
    first_digests,
    key,
    scenario,
    verdict,
    waiting,
)

# --- a host that swaps keys -------------------------------------------------------------------------------------------


def swapped() -> None:
    honest = enrolled()
    honest.sign(ALDER)
    pins = [(ALDER, OLD)]
    scenario(
        "key-pinned",
        "the key that made the signature is the one that the verifier confirmed",
        honest,
        key(ALDER, OLD, evidence="pinned"),
        verdict(ALDER, "signed", 1, "pinned"),
        "demand met",
        pins=pins,
        **PINNED_DEMAND,
    )
    forged = Archive()
    forged.key_record(ALDER, 1, [(THIEF, "active")], (ALDER, THIEF))
    forged.letter(listed=(ALDER,))
    forged.sign(ALDER, key=THIEF)
    scenario(
        "key-swapped",
        "the host invents a first record and a signature: sound in itself, and not what the verifier confirmed",
        forged,
        key(ALDER, THIEF),
        verdict(ALDER, "signed", 1, "recorded"),
        "demand unmet",
        pins=pins,
        honest="key-pinned",
        **PINNED_DEMAND,
    )
    halfway = Archive(dict(honest.files))
    for path in [path for path in halfway.files if path.startswith("keys/")]:
        del halfway.files[path]
    halfway.files |= {path: data for path, data in forged.files.items() if path.startswith("keys/")}
    scenario(
        "key-swapped-alone",
        "the host swaps the record alone: the signature is by a key that is on record no more",
        halfway,
        key(ALDER, THIEF),
        verdict(ALDER, "unproven"),
        "demand unmet",
        pins=pins,
        honest="key-pinned",
        **PINNED_DEMAND,
    )
    chained, broken = (rotated((ALDER, OLD), (ALDER, NEW)) for _ in range(2))
    scenario(
        "key-rotated",
        "a rotation that the confirmed key signed leads to the next key",
        chained,
        key(ALDER, OLD, "retired", "pinned"),
        key(ALDER, NEW, evidence="pinned-through-rotation"),
        verdict(ALDER, "signed", 1, "pinned-through-rotation"),
        "demand met",
        pins=pins,
        **PINNED_DEMAND,
    )
    broken.files |= {path: data for path, data in forged.files.items() if path.startswith("keys/alder.example/0001")}
    del broken.files[f"keys/{ALDER}/0001.{ALDER}.{OLD.short}.sig"]
    scenario(
        "key-swapped-below-a-rotation",
        "the host swaps the first of two records: the second names the digest of another",
        broken,
        fault(f"keys/{ALDER}/0002.yaml", "ChainError"),
        key(ALDER, THIEF),
        verdict(ALDER, "unproven"),
        "demand unmet",
        pins=pins,
        honest="key-rotated",
        **PINNED_DEMAND,
    )
    scenario(
        "rotation-by-the-wrong-key",
        "the rotation is signed by the new key, and not by the one that was active before",
        rotated((ALDER, NEW)),
        fault(f"keys/{ALDER}/0002.yaml", "ChainError"),
        key(ALDER, OLD, evidence="pinned"),
        verdict(ALDER, "unproven"),
        "demand unmet",
        pins=pins,
        honest="key-rotated",
        **PINNED_DEMAND,
    )
    borrowed = rotated((ALDER, NEW), (BIRCH, own(BIRCH)))
    scenario(
        "rotation-by-another",
        "another organization signs the rotation in the place of the old key: that vouches, and authorizes nothing",
        borrowed,
        fault(f"keys/{ALDER}/0002.yaml", "ChainError"),
        key(ALDER, OLD, evidence="pinned"),
        verdict(ALDER, "unproven"),
        "demand unmet",
        pins=[*pins, (BIRCH, own(BIRCH))],
        honest="key-rotated",
        **PINNED_DEMAND,
    )
    taken = rotated((ALDER, OLD), (ALDER, NEW))
    taken.key_record(ALDER, 2, [(NEW, "active")], (ALDER, OLD), (ALDER, NEW))
    scenario(
        "rotation-leaves-the-old-key-out",
        "a rotation that lists the old key no more, so that nobody would know of it",
        taken,
        fault(f"keys/{ALDER}/0002.yaml", "ChainError"),
        key(ALDER, OLD, evidence="pinned"),
        verdict(ALDER, "unproven"),
        "demand unmet",
        pins=pins,
        honest="key-rotated",
        **PINNED_DEMAND,
    )


def rotated(*signers: tuple[str, Key]) -> Archive:
    """Alder changes its key, signed so; the letter is signed with the new one."""
    archive = enrolled(BIRCH)
    archive.key_record(ALDER, 2, [(OLD, "retired"), (NEW, "active")], *signers)
    archive.sign(ALDER, key=NEW)
    return archive


def chains() -> None:
    """Rules of the chain of key records, each broken alone."""
    pins = [(ALDER, OLD)]
    path = f"keys/{ALDER}/0002.yaml"
    retired = [(OLD, "retired"), (NEW, "active")]
    ends: list[Listed] = [(OLD, "compromised", "2026-06-01"), (NEW, "active")]
    stays = (key(ALDER, OLD, evidence="pinned"), verdict(ALDER, "unproven"), "demand unmet")

    def third(keys: Sequence[Listed], *signers: Key, second: Sequence[Listed] = retired) -> Archive:
        archive = enrolled(BIRCH)
        archive.key_record(ALDER, 2, second, (ALDER, OLD), (ALDER, NEW))
        archive.key_record(ALDER, 3, keys, *((ALDER, signer) for signer in signers))
        archive.sign(ALDER, key=THIRD)
        return archive

    scenario(
        "key-rotated-twice",
        "two rotations, each signed by the key before it",
        third([(OLD, "retired"), (NEW, "retired"), (THIRD, "active")], NEW, THIRD),
        key(ALDER, OLD, "retired", "pinned"),
        key(ALDER, NEW, "retired", "pinned-through-rotation"),
        key(ALDER, THIRD, evidence="pinned-through-rotation"),
        verdict(ALDER, "signed", 1, "pinned-through-rotation"),
        "demand met",
        pins=pins,
        **PINNED_DEMAND,
    )
    second = (
        key(ALDER, OLD, "retired", "pinned"),
        key(ALDER, NEW, evidence="pinned-through-rotation"),
        *stays[1:],
    )
    for name, comment, archive, said in (
        (
            "rotation-by-a-retired-key",
            "the second rotation is signed by the key that the first one retired",
            third([(OLD, "retired"), (NEW, "retired"), (THIRD, "active")], OLD, THIRD),
            second,
        ),
        (
            "key-without-its-signature",
            "the second rotation lists a key that didn't sign it: whoever lists it needn't have it",
            third([(OLD, "retired"), (NEW, "retired"), (THIRD, "active")], NEW),
            second,
        ),
        (
            "status-taken-back",
            "a key that was retired is active again",
            third([(OLD, "active"), (NEW, "active"), (THIRD, "active")], OLD, NEW, THIRD),
            second,
        ),
        (
            "compromise-lifted",
            "a key that was compromised is retired again",
            third([(OLD, "retired"), (NEW, "active"), (THIRD, "active")], NEW, THIRD, second=ends),
            (
                key(ALDER, OLD, "compromised", "pinned"),
                key(ALDER, NEW, evidence="pinned-through-rotation"),
                *stays[1:],
            ),
        ),
        (
            "compromise-moved-later",
            "a key that was doubted from one day is doubted from a later one",
            third([(OLD, "compromised", "2026-06-02"), (NEW, "active"), (THIRD, "active")], NEW, THIRD, second=ends),
            (
                key(ALDER, OLD, "compromised", "pinned"),
                key(ALDER, NEW, evidence="pinned-through-rotation"),
                *stays[1:],
            ),
        ),
    ):
        scenario(
            name,
            comment,
            archive,
            fault(f"keys/{ALDER}/0003.yaml", "ChainError"),
            *said,
            pins=pins,
            honest="key-rotated-twice",
            **PINNED_DEMAND,
        )
    moved = third([(OLD, "compromised", "2026-05-31"), (NEW, "active"), (THIRD, "active")], NEW, THIRD, second=ends)
    scenario(
        "compromise-moved-earlier",
        "a key that was doubted from one day is doubted from an earlier one",
        moved,
        key(ALDER, OLD, "compromised", "pinned"),
        key(ALDER, NEW, evidence="pinned-through-rotation"),
        key(ALDER, THIRD, evidence="pinned-through-rotation"),
        verdict(ALDER, "signed", 1, "pinned-through-rotation"),
        "demand met",
        pins=pins,
        **PINNED_DEMAND,
    )
    archive = third([(OLD, "retired"), (NEW, "retired"), (THIRD, "active")], NEW, THIRD)
    del archive.files[path.replace(".yaml", f".{ALDER}.{OLD.short}.sig")]
    scenario(
        "rotation-after-one-that-fails",
        "a good rotation after one that doesn't count doesn't count either",
        archive,
        fault(path, "ChainError"),
        fault(f"keys/{ALDER}/0003.yaml", "ChainError"),
        *stays,
        pins=pins,
        honest="key-rotated-twice",
        **PINNED_DEMAND,
    )
    archive = recoverable()
    recover(archive, first_digests(archive, BIRCH, CEDAR), (BIRCH, own(BIRCH)))
    archive.key_record(ALDER, 3, [(OLD, "retired"), (NEW, "active")], (ALDER, OLD), (ALDER, NEW), recovery=RECOVERY)
    scenario(
        "rotation-after-one-that-waits",
        "nothing can follow a record that waits, until it counts",
        archive,
        waiting(path, 2, (BIRCH, CEDAR), [BIRCH]),
        fault(f"keys/{ALDER}/0003.yaml", "ChainError"),
        *stays,
        pins=pins,
        honest="key-rotated-twice",
        **PINNED_DEMAND,
    )


# --- recovery ---------------------------------------------------------------------------------------------------------


def recoveries() -> None:
    path = f"keys/{ALDER}/0002.yaml"
    both = ((BIRCH, own(BIRCH)), (CEDAR, own(CEDAR)))
    counts = (
        key(ALDER, OLD, "retired"),
        key(ALDER, NEW),
        verdict(ALDER, "signed", 1, "recorded"),
        "demand met",
    )
    stands_still = (key(ALDER, OLD), verdict(ALDER, "unproven"), "demand unmet")
    named = (BIRCH, CEDAR)
    scenario(
        "recovery",
        "two of the three that were named for it give the organization a new key",
        recovered(named, *both),
        *counts,
        require=ALDER,
    )
    scenario(
        "recovery-below-the-threshold",
        "one of two has signed: the record waits, and is no fault",
        recovered(named, both[0]),
        waiting(path, 2, named, [BIRCH]),
        *stands_still,
        require=ALDER,
        honest="recovery",
    )
    scenario(
        "recovery-names-too-few",
        "the record names one where it takes two, and could never count",
        recovered((BIRCH,), *both),
        fault(path, "ChainError"),
        *stands_still,
        require=ALDER,
        honest="recovery",
    )
    scenario(
        "recovery-by-strangers",
        "two that nobody named for recovery authorize it",
        recovered(PUPPETS, *((puppet, own(puppet)) for puppet in PUPPETS)),
        fault(path, "ChainError"),
        *stands_still,
        require=ALDER,
        honest="recovery",
    )
    twice = recoverable()
    fresh = own(BIRCH, "2")
    twice.key_record(BIRCH, 2, [(own(BIRCH), "active"), (fresh, "active")], (BIRCH, own(BIRCH)), (BIRCH, fresh))
    digests = [twice.digest(f"keys/{BIRCH}/000{number}.yaml") for number in (1, 2)]
    recover(twice, digests, (BIRCH, own(BIRCH)), (BIRCH, fresh))
    scenario(
        "recovery-one-organization-twice",
        "two records and two keys of one organization are one organization",
        twice,
        fault(path, "ChainError"),
        *stands_still,
        require=ALDER,
        honest="recovery",
    )
    retired = recoverable()
    retired.key_record(BIRCH, 2, [(own(BIRCH), "retired"), (fresh, "active")], (BIRCH, own(BIRCH)), (BIRCH, fresh))
    digests = [retired.digest(f"keys/{BIRCH}/0002.yaml"), *first_digests(retired, CEDAR)]
    recover(retired, digests, *both)
    scenario(
        "recovery-by-a-retired-key",
        "the key of one that authorizes is retired in the record that is named: its consent is lacking",
        retired,
        waiting(path, 2, named, [CEDAR]),
        *stands_still,
        require=ALDER,
        honest="recovery",
    )
    copied = recovered(named, both[0])
    vouch = copied.files[copied.sign_record(ALDER, 1, *both[1])]
    copied.files[f"keys/{ALDER}/0002.{CEDAR}.{own(CEDAR).short}.sig"] = vouch
    scenario(
        "recovery-by-a-vouch-copied",
        "a signature that vouched for the first record is copied to the recovery: it was made for other bytes",
        copied,
        fault(f"keys/{ALDER}/0002.{CEDAR}.{own(CEDAR).short}.sig", "SignatureError"),
        waiting(path, 2, named, [BIRCH]),
        key(ALDER, OLD, unpinned=CEDAR),
        *stands_still[1:],
        require=ALDER,
        honest="recovery",
    )
    scenario(
        "recovery-by-a-vouch-unnamed",
        "two sign the recovery, and the record names a record of one of them only: the other authorizes nothing",
        recovered((BIRCH, DOGWOOD), *both),
        waiting(path, 2, (BIRCH, DOGWOOD), [BIRCH]),
        *stands_still,
        require=ALDER,
        honest="recovery",
    )
    once_more = recoverable()
    (one,) = first_digests(once_more, BIRCH)
    recover(once_more, [one, one], *both)
    del once_more.files[path.replace(".yaml", ".allowed_signers")]
    scenario(
        "recovery-one-record-twice",
        "the record names one record twice",
        once_more,
        fault(path, "FieldConflict"),
        *stands_still,
        require=ALDER,
        honest="recovery",
    )
    evidence_of_recovery(both)


def recoverable() -> Archive:
    return enrolled(BIRCH, CEDAR, DOGWOOD, *PUPPETS, recovery=RECOVERY)


def recover(archive: Archive, digests: Sequence[str], *signers: tuple[str, Key]) -> None:
    """Alder's second record, a recovery; its new key signs the letter."""
    archive.key_record(
        ALDER,
        2,
        [(OLD, "retired"), (NEW, "active")],
        (ALDER, NEW),
        *signers,
        basis="recovery",
        recovery=RECOVERY,
        authorized_by=digests,
    )
    archive.sign(ALDER, key=NEW)


def recovered(named: Sequence[str], *signers: tuple[str, Key]) -> Archive:
    archive = recoverable()
    recover(archive, first_digests(archive, *named), *signers)
    return archive


def evidence_of_recovery(both: Sequence[tuple[str, Key]]) -> None:
    """A recovery breaks the line from a pin, and whoever authorizes vouches for nothing."""
    pins = [(ALDER, OLD), (BIRCH, own(BIRCH)), (CEDAR, own(CEDAR))]
    scenario(
        "recovery-then-vouched",
        "after the recovery, one who authorized it vouches for the new key on the next record",
        vouched_after(recovered((BIRCH, CEDAR), *both), (BIRCH, own(BIRCH))),
        key(ALDER, OLD, "retired", "pinned"),
        key(ALDER, NEW, evidence="vouched", vouched=BIRCH),
        f"recovered {ALDER} 2",
        verdict(ALDER, "signed", 1, "vouched"),
        "demand met",
        pins=pins,
        require=ALDER,
        trust="vouched:1",
    )
    scenario(
        "recovery-is-no-vouch",
        "two organizations that the verifier confirmed authorize the recovery: that vouches for nothing",
        vouched_after(recovered((BIRCH, CEDAR), *both)),
        key(ALDER, OLD, "retired", "pinned"),
        key(ALDER, NEW),
        f"recovered {ALDER} 2",
        verdict(ALDER, "signed", 1, "recorded"),
        "demand unmet",
        pins=pins,
        require=ALDER,
        trust="vouched:1",
        honest="recovery-then-vouched",
    )
    scenario(
        "recovery-by-a-key-stolen-since",
        "who stole birch's key can agree with it, by the record in which it was active: it counts, and says so",
        stolen_helper(both),
        key(ALDER, OLD, "retired", "pinned"),
        key(ALDER, NEW),
        f"recovered {ALDER} 2",
        verdict(ALDER, "signed", 1, "recorded"),
        "demand unmet",
        pins=pins,
        require=ALDER,
        trust="vouched:1",
        honest="recovery-then-vouched",
    )


def stolen_helper(both: Sequence[tuple[str, Key]]) -> Archive:
    """The recovery names birch's first record; birch's second says that this key was in other hands since long ago."""
    archive = recovered((BIRCH, CEDAR), *both)
    first, fresh = own(BIRCH), own(BIRCH, "2")
    archive.key_record(
        BIRCH, 2, [(first, "compromised", "2026-01-01"), (fresh, "active")], (BIRCH, first), (BIRCH, fresh)
    )
    return archive


def vouched_after(archive: Archive, *vouchers: tuple[str, Key]) -> Archive:
    archive.key_record(ALDER, 3, [(OLD, "retired"), (NEW, "active")], (ALDER, NEW), *vouchers, recovery=RECOVERY)
    return archive


def circles() -> None:
    """Two organizations that name each other for recovery: in turn they may, in a circle they can't."""
    in_turn = each_other()
    mutual_record(in_turn, ALDER, in_turn.digest(f"keys/{BIRCH}/0001.yaml"), (BIRCH, own(BIRCH)))
    mutual_record(in_turn, BIRCH, in_turn.digest(f"keys/{ALDER}/0002.yaml"), (ALDER, NEW))
    in_turn.sign(ALDER, key=NEW)
    in_turn.sign(BIRCH, key=own(BIRCH, "2"))
    scenario(
        "recovery-in-turn",
        "birch recovers alder, and alder with its new key recovers birch",
        in_turn,
        *(
            line
            for organization in (ALDER, BIRCH)
            for line in (
                key(organization, own(organization), "retired"),
                key(organization, own(organization, "2")),
                verdict(organization, "signed", 1, "recorded"),
            )
        ),
        "demand met",
        require="all",
    )
    # The digest of a record that names this one can't be known before this one is written: an earlier form is named.
    circle = each_other()
    mutual_record(circle, BIRCH, digest(b"the record of alder that is still to be written"), (ALDER, NEW))
    mutual_record(circle, ALDER, circle.digest(f"keys/{BIRCH}/0002.yaml"), (BIRCH, own(BIRCH, "2")))
    mutual_record(circle, BIRCH, circle.digest(f"keys/{ALDER}/0002.yaml"), (ALDER, NEW))
    circle.sign(ALDER, key=NEW)
    circle.sign(BIRCH, key=own(BIRCH, "2"))
    scenario(
        "recovery-in-a-circle",
        "alder's recovery names an earlier form of birch's, and birch's names alder's: no circle closes",
        circle,
        *(
            line
            for organization in (ALDER, BIRCH)
            for line in (
                fault(f"keys/{organization}/0002.yaml", "ChainError"),
                key(organization, own(organization)),
                verdict(organization, "unproven"),
            )
        ),
        "demand unmet",
        require="all",
        honest="recovery-in-turn",
    )


def each_other() -> Archive:
    archive = Archive()
    archive.enrol(ALDER, recovery=(1, (BIRCH,)))
    archive.enrol(BIRCH, recovery=(1, (ALDER,)))
    archive.letter(listed=(ALDER, BIRCH))
    return archive


def mutual_record(archive: Archive, organization: str, authority: str, *signers: tuple[str, Key]) -> None:
    other = BIRCH if organization == ALDER else ALDER
    fresh = own(organization, "2")
    archive.key_record(
        organization,
        2,
        [(own(organization), "retired"), (fresh, "active")],
        (organization, fresh),
        *signers,
        basis="recovery",
        recovery=(1, (other,)),
        authorized_by=[authority],
    )


def thieves() -> None:
    """A thief who has the key."""
    puppets = (2, PUPPETS)
    agreed = [(BIRCH, own(BIRCH)), (CEDAR, own(CEDAR))]
    scenario(
        "recovery-changed",
        "the organization names others for recovery, and two of those named before agree",
        renamed(RECOVERY[1][:2], *agreed),
        key(ALDER, OLD, evidence="pinned"),
        verdict(ALDER, "signed", 1, "pinned"),
        "demand met",
        pins=[(ALDER, OLD)],
        **PINNED_DEMAND,
    )
    scenario(
        "recovery-changed-to-puppets",
        "a thief with the key puts its own inventions into recovery, and they agree",
        renamed(puppets[1], *((puppet, own(puppet)) for puppet in PUPPETS)),
        fault(f"keys/{ALDER}/0002.yaml", "ChainError"),
        key(ALDER, OLD, evidence="pinned"),
        verdict(ALDER, "signed", 1, "pinned"),
        "demand met",
        pins=[(ALDER, OLD)],
        honest="recovery-changed",
        **PINNED_DEMAND,
    )
    dropped = recoverable()
    dropped.key_record(ALDER, 2, [(OLD, "retired"), (THIEF, "active")], (ALDER, OLD), (ALDER, THIEF))
    dropped.sign(ALDER)
    scenario(
        "recovery-dropped",
        "a thief with the key rotates, and leaves out who could recover the organization",
        dropped,
        fault(f"keys/{ALDER}/0002.yaml", "ChainError"),
        key(ALDER, OLD, evidence="pinned"),
        verdict(ALDER, "signed", 1, "pinned"),
        "demand met",
        pins=[(ALDER, OLD)],
        honest="recovery-changed",
        **PINNED_DEMAND,
    )
    back = (key(ALDER, OLD, "compromised", "pinned"), key(ALDER, THIEF, "compromised"))
    scenario(
        "thief-rotated-then-recovered",
        "after a thief's rotation the organization recovers, and the verifier has confirmed its new key",
        stolen(),
        *back,
        key(ALDER, NEW, evidence="pinned"),
        verdict(ALDER, "signed", 1, "pinned"),
        "demand met",
        pins=[(ALDER, OLD), (ALDER, NEW)],
        **PINNED_DEMAND,
    )
    scenario(
        "thief-rotated-then-recovered-old-pin",
        "who confirmed only the stolen key is led to no key by it after the recovery",
        stolen(),
        *back,
        key(ALDER, NEW),
        verdict(ALDER, "signed", 1, "recorded"),
        "demand unmet",
        f"recovered {ALDER} 3",
        pins=[(ALDER, OLD)],
        honest="thief-rotated-then-recovered",
        **PINNED_DEMAND,
    )


def renamed(named: Sequence[str], *signers: tuple[str, Key]) -> Archive:
    """A rotation that names others for recovery, authorized by the first records of those who sign."""
    archive = recoverable()
    archive.key_record(
        ALDER,
        2,
        [(OLD, "active")],
        (ALDER, OLD),
        *signers,
        recovery=(2, named),
        authorized_by=first_digests(archive, *(signer for signer, _ in signers)),
    )
    archive.sign(ALDER)
    return archive


def stolen() -> Archive:
    """A thief rotates with the stolen key; birch and cedar recover the organization, which signs."""
    archive = recoverable()
    archive.key_record(ALDER, 2, [(OLD, "retired"), (THIEF, "active")], (ALDER, OLD), (ALDER, THIEF), recovery=RECOVERY)
    archive.key_record(
        ALDER,
        3,
        [(OLD, "compromised", "2026-02-01"), (THIEF, "compromised", "2026-02-01"), (NEW, "active")],
        (ALDER, NEW),
        (BIRCH, own(BIRCH)),
        (CEDAR, own(CEDAR)),
        basis="recovery",
        recovery=RECOVERY,
        authorized_by=first_digests(archive, BIRCH, CEDAR),
    )
    archive.sign(ALDER, key=NEW)
    archive.sign(ALDER, key=THIEF)
    return archive


def thresholds() -> None:
    for name, threshold, honest in (("threshold-one", 1, None), ("threshold-zero", 0, "threshold-one")):
        archive = enrolled(BIRCH, recovery=(threshold, (BIRCH,)))
        archive.sign(ALDER)
        del archive.files[f"keys/{ALDER}/0001.allowed_signers"]
        good = threshold > 0
        scenario(
            name,
            "a recovery that takes one" if good else "a recovery that takes nobody: anyone could recover it",
            archive,
            *([key(ALDER, OLD)] if good else [fault(f"keys/{ALDER}/0001.yaml", "FieldValue")]),
            verdict(ALDER, "signed", 1, "recorded") if good else verdict(ALDER, "unproven"),
            "demand met" if good else "demand unmet",
            require=ALDER,
            honest=honest,
        )


def left_out() -> None:
    """Birch and cedar agree to a change of recovery; a host leaves the record out that birch's consent goes by."""
    fresh = own(BIRCH, "2")
    for name, comment, hidden in (
        ("consent-and-vouch", "birch agreed to the change of recovery, and vouched for the record before", False),
        ("consent-without-its-record", "the record of birch's that is named isn't here: its consent is no vouch", True),
    ):
        archive = enrolled(BIRCH, CEDAR, DOGWOOD, recovery=(1, (BIRCH, CEDAR)))
        if not hidden:
            archive.sign_record(ALDER, 1, BIRCH, own(BIRCH))
        archive.key_record(BIRCH, 2, [(own(BIRCH), "active"), (fresh, "active")], (BIRCH, own(BIRCH)), (BIRCH, fresh))
        archive.key_record(
            ALDER,
            2,
            [(OLD, "active")],
            (ALDER, OLD),
            (BIRCH, own(BIRCH)),
            (CEDAR, own(CEDAR)),
            recovery=(1, (BIRCH, CEDAR, DOGWOOD)),
            authorized_by=[archive.digest(f"keys/{BIRCH}/0002.yaml"), *first_digests(archive, CEDAR)],
        )
        archive.sign(ALDER)
        if hidden:
            for path in [path for path in archive.files if path.startswith(f"keys/{BIRCH}/0002")]:
                del archive.files[path]
        scenario(
            name,
            comment,
            archive,
            key(ALDER, OLD) if hidden else key(ALDER, OLD, evidence="vouched", vouched=BIRCH),
            verdict(ALDER, "signed", 1, "recorded" if hidden else "vouched"),
            "demand unmet" if hidden else "demand met",
            pins=[(BIRCH, own(BIRCH))],
            require=ALDER,
            trust="vouched:1",
            honest="consent-and-vouch" if hidden else None,
        )


# --- vouching ---------------------------------------------------------------------------------------------------------


def vouching() -> None:
    demand = {"require": ALDER, "trust": "vouched:1"}
    pins = [(BIRCH, own(BIRCH))]

    def vouched(voucher: str, by: Key | None = None, *, rotates: bool = False) -> Archive:
        archive = enrolled(BIRCH, CEDAR, PUPPET)
        archive.sign_record(ALDER, 1, voucher, by or own(voucher))
        archive.sign_record(CEDAR, 1, BIRCH, own(BIRCH))
        if rotates:
            archive.key_record(ALDER, 2, [(OLD, "retired"), (NEW, "active")], (ALDER, OLD), (ALDER, NEW))
        archive.sign(ALDER, key=NEW if rotates else OLD)
        return archive

    scenario(
        "vouch",
        "an organization that the verifier confirmed vouches for the key",
        vouched(BIRCH),
        key(ALDER, OLD, evidence="vouched", vouched=BIRCH),
        verdict(ALDER, "signed", 1, "vouched"),
        "demand met",
        pins=pins,
        **demand,
    )
    for name, voucher, comment in (
        ("vouch-by-a-puppet", PUPPET, "an organization that the verifier didn't confirm vouches: told, and no more"),
        (
            "vouch-through-a-third",
            CEDAR,
            "one vouches whom a confirmed one vouches for: vouching goes through no third",
        ),
    ):
        scenario(
            name,
            comment,
            vouched(voucher),
            key(ALDER, OLD, unpinned=voucher),
            verdict(ALDER, "signed", 1, "recorded"),
            "demand unmet",
            pins=pins,
            honest="vouch",
            **demand,
        )
    scenario(
        "vouch-in-anothers-name",
        "a vouch in the name of a confirmed organization, by a key that it has not on record",
        vouched(BIRCH, THIEF),
        key(ALDER, OLD),
        verdict(ALDER, "signed", 1, "recorded"),
        "demand unmet",
        pins=pins,
        honest="vouch",
        **demand,
    )
    scenario(
        "vouch-for-an-earlier-key",
        "the vouch was for the key before: for the one that came by a rotation it isn't",
        vouched(BIRCH, rotates=True),
        key(ALDER, OLD, "retired", "vouched", BIRCH),
        key(ALDER, NEW),
        verdict(ALDER, "signed", 1, "recorded"),
        "demand unmet",
        pins=pins,
        honest="vouch",
        **demand,
    )
    scenario(
        "vouch-one-where-two-are-demanded",
        "one vouches, and two are demanded",
        vouched(BIRCH),
        key(ALDER, OLD, evidence="vouched", vouched=BIRCH),
        verdict(ALDER, "signed", 1, "vouched"),
        "demand unmet",
        pins=pins,
        require=ALDER,
        trust="vouched:2",
        honest="vouch",
    )


GROUPS = (swapped, chains, recoveries, circles, thieves, thresholds, left_out, vouching)
