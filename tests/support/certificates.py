"""Certificates for tests, made by `openssl`: an authority, and whom it vouches for."""

import subprocess
from pathlib import Path
from typing import Final, NamedTuple

_EXTENSIONS: Final = "subjectAltName={names}\nextendedKeyUsage=serverAuth,clientAuth\n"
HERE: Final = "DNS:localhost,IP:127.0.0.1"
ELSEWHERE: Final = "DNS:elsewhere.example"


class Certificate(NamedTuple):
    """Where a certificate and its key are; `both` holds them in one file, for Java."""

    certificate: Path
    key: Path

    @property
    def both(self) -> Path:
        path = self.key.with_suffix(".both.pem")
        path.write_text(self.key.read_text() + self.certificate.read_text())
        return path


class Authority:
    """Signs certificates. Its own is `root`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder / name
        self._folder.mkdir()
        self.root, self._key = self._folder / "root.pem", self._folder / "root.key"
        subject = ["-subj", f"/CN={name}", "-days", "2"]
        _openssl("req", "-x509", *_new_key(self._key), *subject, "-out", str(self.root))

    def sign(self, name: str, names: str = HERE, days: int = 2) -> Certificate:
        """A certificate for these names; with negative days it has expired."""
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text(_EXTENSIONS.format(names=names))
        _openssl("req", *_new_key(made.key), "-subj", f"/CN={name}", "-out", str(request))
        signer = ["-CA", str(self.root), "-CAkey", str(self._key), "-CAcreateserial"]
        _openssl(
            *("x509", "-req", "-in", str(request), *signer, "-days", str(days)),
            *("-extfile", str(extensions), "-out", str(made.certificate)),
        )
        return made


def with_password(key: Path, password: str) -> Path:
    """The same key, which cannot be used without the password."""
    locked = key.with_suffix(".locked.key")
    _openssl(
        *("pkcs8", "-topk8", "-in", str(key), "-passout", f"pass:{password}", "-out", str(locked))
    )
    return locked


def _new_key(path: Path) -> list[str]:
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    return [*curve, "-nodes", "-keyout", str(path)]


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
