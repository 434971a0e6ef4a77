"""The page that helps a tablet trust the local certificate authority."""

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from fastapi import APIRouter, Request
from starlette.responses import Response

from audit.config import settings
from audit.errors import RoundsError
from audit.web.certificates import files_of, fingerprint
from audit.web.context import locale_of
from audit.web.pages import render

router = APIRouter(include_in_schema=False)


def _authority() -> x509.Certificate:
    place = files_of(settings()).authority
    if not place.exists():
        raise RoundsError("not_found")
    return x509.load_pem_x509_certificate(place.read_bytes())


@router.get("/certificate")
def page(request: Request, lang: str = "") -> Response:
    """How to install the certificate on a tablet, and its fingerprint to compare; 404 when TLS is done elsewhere."""
    _authority()
    shown = fingerprint(files_of(settings()))
    return render("certificate.html", request, lang or locale_of(request), fingerprint=shown)


@router.get("/certificate/rounds.crt")
def download() -> Response:
    """The authority's certificate in the form that Android and iPadOS install."""
    content = _authority().public_bytes(serialization.Encoding.DER)
    return Response(content, media_type="application/x-x509-ca-cert")
