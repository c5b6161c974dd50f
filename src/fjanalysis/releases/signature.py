"""Signatures over a release's checksums, by ssh keys: made and verified without a network."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from fjanalysis.errors import MachineError, VerificationError

KEY = "FJANALYSIS_SIGNING_KEY"
NAMESPACE = "fjanalysis-release"
SUFFIX = ".sig"


def sign(path: Path) -> bool:
    """Sign a file with the private key that the environment names; return whether one is named.

    Raises
    ------
    MachineError
        The key cannot be used, or ssh-keygen is not installed.
    """
    key = os.environ.get(KEY)
    if not key:
        return False
    try:
        _ssh_keygen("-Y", "sign", "-q", "-f", key, "-n", NAMESPACE, str(path))
    except (OSError, subprocess.CalledProcessError) as error:
        raise MachineError(
            "The release cannot be signed.",
            where=f"the key that {KEY} names",
            mend="Name an ssh private key without a pass phrase, and install openssh-client.",
        ) from error
    return True


def verify(path: Path, signers: Path) -> str:
    """Return who signed a file, by a file of allowed signers (see `man ssh-keygen`).

    Raises
    ------
    VerificationError
        The signature is of other bytes, or by nobody who is allowed.
    """
    signature = path.with_name(path.name + SUFFIX)
    try:
        found = _ssh_keygen(
            "-Y", "find-principals", "-s", str(signature), "-f", str(signers)
        ).splitlines()
        identity = found[0]
        check = ["-Y", "verify", "-n", NAMESPACE, "-f", str(signers), "-I", identity]
        _ssh_keygen(*check, "-s", str(signature), data=path.read_bytes())
    except (OSError, IndexError, subprocess.CalledProcessError) as error:
        raise VerificationError(
            "The signature is not by an allowed signer, or is of other checksums.",
            where=str(signature),
            mend="Fetch the release again, and the signers' keys from somebody you trust.",
        ) from error
    return identity


def _ssh_keygen(*arguments: str, data: bytes | None = None) -> str:
    done = subprocess.run(  # noqa: S603 (a fixed program; no argument is a command)
        ["ssh-keygen", *arguments], input=data or b"", capture_output=True, check=True
    )
    return done.stdout.decode()
