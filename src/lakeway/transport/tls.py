"""TLS contexts: whom to trust, and nothing older than TLS 1.2. Imported for the first https URL only."""

from __future__ import annotations

import os
import ssl
import sys

from lakeway.core.http import ConnectFailed
from lakeway.transport.network import Network

# Where a Python that was not built for this system may find its CAs (Go's crypto/x509 has the same list).
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def make_context(network: Network) -> ssl.SSLContext:
    """A context for clients. Takes about 20 ms, most of it reading CAs.

    Raises ConnectFailed when the CAs that were named cannot be read.
    """
    verify = network.ssl_verify
    if isinstance(verify, ssl.SSLContext):
        return verify
    system = verify is True and not (network.ca_file or network.ca_dir)
    context = _system_context() if system else _bare_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif verify is not True:
        path = os.fspath(verify)
        folder = os.path.isdir(path)
        _trust(context, None if folder else path, path if folder else None)
    elif not system:
        _trust(context, network.ca_file, network.ca_dir)
    return context


def _bare_context() -> ssl.SSLContext:
    """Verifies certificates and host names, and trusts nobody yet."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


if sys.platform == "darwin" or sys.platform == "win32":

    def _system_context() -> ssl.SSLContext:
        """Lets the system itself judge certificates, with what its owner has added."""
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

else:

    def _system_context() -> ssl.SSLContext:
        context = _bare_context()
        context.load_default_certs()
        paths = ssl.get_default_verify_paths()
        if not (paths.cafile or paths.capath):
            bundle = next((path for path in _BUNDLES if os.path.isfile(path)), None)
            if bundle:
                context.load_verify_locations(bundle)
        return context


def _trust(context: ssl.SSLContext, ca_file: str | None, ca_dir: str | None) -> None:
    try:
        context.load_verify_locations(ca_file, ca_dir)
    except OSError as error:  # ssl.SSLError is one too
        raise ConnectFailed(f"cannot read the CA bundle {ca_file or ca_dir}: {error.strerror}") from error


def explain(host: str, error: OSError) -> str:
    """What went wrong in a handshake with `host`, with the way out where there is one."""
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "; set SSL_CERT_FILE if its CA is your own" if error.verify_code in (18, 19, 20) else ""
        return f"the certificate of {host} is not trusted: {error.verify_message}{hint}"
    reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
    return f"the TLS handshake with {host} failed: {reason or error}"
