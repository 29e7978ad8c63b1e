"""What tests of photos begin with: a store of their own, photos that phones take, a worker's turn."""

import io
from pathlib import Path
from uuid import uuid4

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from beffroi.adapters.keystore import KeyStore
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.photos import claim_photos
from beffroi.systems.reports.encoder import make_again
from beffroi.systems.reports.factories import HERE
from beffroi.systems.reports.models import Category, Photo


def store_in(folder: Path, settings: Settings) -> Path:
    """Media of the test's own, and what seals them; nobody has sent anything yet."""
    settings.BEFFROI_HOME, settings.BEFFROI_MEDIA = folder, folder / "media"
    KeyStore(folder / "keys").create_media_key()
    cache.clear()
    return folder / "media"


def files_in(store: Path) -> set[str]:
    """The last words of the names of what is kept."""
    return {path.name for path in store.rglob("*") if path.is_file()}


def taken(comment: str = "Jeanne", size: tuple[int, int] = (900, 600)) -> bytes:
    """A photo whose file says where, when and whose."""
    exif = Image.Exif()
    exif[0x013B] = comment
    exif.get_ifd(0x8769)[0x9003] = "2026:11:20 08:15:00"
    return written(Image.new("RGB", size, (120, 90, 60)), "JPEG", exif=exif)


def written(picture: Image.Image, form: str, **options: object) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def sent(content: bytes) -> Photo:
    """A report with this photo, through the form that anybody has."""
    before = set(Photo.objects.values_list("pk", flat=True))
    answer = Client().post(
        "/reports/meaux/new/",
        {
            "submission": str(uuid4()),
            "category": str(Category.objects.get().pk),
            "latitude": HERE.latitude,
            "longitude": HERE.longitude,
            "text": "Un trou",
            "photos": [SimpleUploadedFile("trou.jpg", content, "image/jpeg")],
        },
    )
    assert answer.status_code == 302, answer.content[:2000]
    return Photo.objects.exclude(pk__in=before).get()


def address(photo: Photo, size: str = "full") -> str:
    """Where it is shown."""
    return f"/reports/photos/{photo.pk}/{photo.version}/{size}.jpg"


def developed(photo: Photo) -> Photo:
    """After a turn of the worker's."""
    for identifier, attempt in claim_photos(now=utc_now(), most=10):
        make_again(identifier, attempt)
    photo.refresh_from_db()
    return photo
