"""What `beffroi upgrade` is given: a wheel, a version or a bundle; and a bundle that isn't whole, or isn't for this machine."""

import hashlib
import io
import platform
import sys
import tarfile
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.cli.service import releases, sources
from beffroi.cli.service.bundles import SourceError

NAME: Final = "beffroi-0.7.0-offline-x86_64.tar"
WHEEL: Final = "wheels/beffroi-0.7.0-py3-none-any.whl"
PYTHON: Final = f"{sys.version_info[0]}.{sys.version_info[1]}"


def files() -> dict[str, bytes]:
    """Those of a bundle, as small as one can be."""
    return {
        WHEEL: b"the release",
        "wheels/django-5.2.8-py3-none-any.whl": b"what it needs",
        "runtime.txt": b"django==5.2.8 --hash=sha256:00\n",
        "extras/ldap.txt": b"python-ldap==3.4.8 --hash=sha256:11\n",
        "EXTRAS": f"ldap {PYTHON} built on Debian GNU/Linux 12\nrelay 2.7\n".encode(),
        "PYTHONS": f"{PYTHON}\n".encode(),
        "MACHINE": f"{platform.machine()}\n".encode(),
    }


def summed(held: dict[str, bytes]) -> dict[str, bytes]:
    """With the sum of each."""
    lines = [f"{hashlib.sha256(held[name]).hexdigest()}  {name}\n" for name in sorted(held)]
    return {**held, "SHA256SUMS": "".join(lines).encode()}


def packed(held: dict[str, bytes], folder: Path, inside: str = "beffroi-0.7.0/") -> Path:
    """A bundle of these files."""
    bundle = folder / NAME
    with tarfile.open(bundle, "w") as archive:
        for name, content in held.items():
            member = tarfile.TarInfo(inside + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return bundle


def steps(bundle: Path, *extras: str) -> list[list[str]]:
    """What pip would be told of it."""
    opened = bundle.parent / "opened"
    opened.mkdir()
    return sources.named(str(bundle)).pip_steps(extras, opened)


@pytest.mark.parametrize(
    "text", ["", "beffroi", "0.5", "../0.5.0", "--pre", "beffroi-0.5.0.zip", "0.5.0 --index-url=x"]
)
def test_what_is_no_release_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="is needed"):
        sources.named(text)


@given(st.text(max_size=40))
def test_pip_is_never_told_more_than_one_word(text: str) -> None:
    try:
        source = sources.named(text)
    except SourceError:
        return
    assert source.pip_steps((), Path("/nowhere")) == [[f"beffroi=={text}"]]
    assert source.pip_steps(("ldap",), Path("/nowhere")) == [[f"beffroi[ldap]=={text}"]]
    assert text[0].isdigit()


def test_a_bundle_is_installed_by_its_hashes_and_asks_nobody(tmp_path: Path) -> None:
    locked, release = steps(packed(summed(files()), tmp_path), "ldap", "relay")
    folder = tmp_path / "opened/beffroi-0.7.0"
    for each in (locked, release):
        assert each[:2] == ["--no-index", f"--find-links={folder}/wheels"]
    pinned = [
        "--require-hashes",
        "--requirement",
        f"{folder}/runtime.txt",
        "--requirement",
        f"{folder}/extras/ldap.txt",
    ]
    assert locked[2:] == pinned, "it holds no relay for this Python: the former's stays"
    assert release[2:] == ["--no-deps", f"{folder}/{WHEEL}"]


def test_a_bundle_that_is_not_whole_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    whole = summed(files())
    without = {name: content for name, content in whole.items() if "django" not in name}
    cases = {
        "not there: wheels/django-5.2.8-py3-none-any.whl": without,
        f"not as made: {WHEEL}": {**whole, WHEEL: b"another"},
        "not of it: wheels/django-6.0.0-py3-none-any.whl": {**whole, "wheels/django-6.0.0-py3-none-any.whl": b"mine"},
        "would lie outside": {**whole, "../other/file": b"beside it"},
        f"not there: {WHEEL}": summed({name: content for name, content in files().items() if name != WHEEL}),
        "it holds no beffroi-0.7.0/SHA256SUMS": files(),
        "its SHA256SUMS can't be read": {**whole, "SHA256SUMS": b"not sums\n"},
        "can't be unpacked": {**whole, "../../outside": b"of the folder"},
        "is for s390x, this machine is": summed({**files(), "MACHINE": b"s390x\n"}),
        "is for Python 2.7 and 3.0": summed({**files(), "PYTHONS": b"2.7\n3.0\n"}),
    }
    for number, (told, held) in enumerate(cases.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(SourceError) as refused:
            steps(packed(held, folder))
        assert told in str(refused.value)
    assert not (tmp_path.parent / "outside").exists()
    beside = {"other/file": b"beside it", **{f"beffroi-0.7.0/{name}": content for name, content in whole.items()}}
    with pytest.raises(SourceError, match="not of it: other"):
        steps(packed(beside, tmp_path, inside=""))


def test_a_link_in_a_bundle_is_refused(tmp_path: Path) -> None:
    bundle = packed(summed({name: content for name, content in files().items() if name != "runtime.txt"}), tmp_path)
    with tarfile.open(bundle, "a") as archive:
        member = tarfile.TarInfo("beffroi-0.7.0/runtime.txt")
        member.type, member.linkname = tarfile.SYMTYPE, "EXTRAS"
        archive.addfile(member)
    with pytest.raises(SourceError, match=r"runtime\.txt is no plain file"):
        steps(bundle)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for name in (NAME, Path(WHEEL).name):
        with pytest.raises(SourceError, match="is not there"):
            sources.named(str(tmp_path / name))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(at=st.integers(0, 12_000), put=st.binary(max_size=40), cut=st.integers(0, 12_000))
def test_whatever_a_bundle_holds_it_is_whole_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, put: bytes, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("altered")
    bundle = packed(summed(files()), folder)
    before = bundle.read_bytes()
    after = (before[:at] + put + before[at + len(put) :])[: max(cut, at)]
    bundle.write_bytes(after)
    try:
        steps(bundle)
    except SourceError:
        return
    there = {
        path.relative_to(folder / "opened/beffroi-0.7.0").as_posix(): path.read_bytes()
        for path in (folder / "opened").rglob("*")
        if path.is_file()
    }
    assert there == summed(files())


def test_the_extras_of_a_release_are_those_whose_packages_are_there(tmp_path: Path) -> None:
    told = {
        "beffroi-0.6.0": "Requires-Dist: django\nRequires-Dist: python-ldap<4,>=3.4; extra == 'ldap'\n"
        'Requires-Dist: onvif-zeep-async; extra == "relay"\n',
        "django-5.2.8": "",
        "python_ldap-3.4.8": "",
    }
    for name, lines in told.items():
        folder = releases.packages(tmp_path) / f"{name}.dist-info"
        folder.mkdir(parents=True)
        title, version = name.split("-")
        (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {title}\nVersion: {version}\n{lines}")
    assert releases.extras(tmp_path) == ["ldap"]
    assert releases.extras(tmp_path / "nowhere") == []
