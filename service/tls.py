"""What is wrong with an encrypted line, in plain words."""

import ssl
from typing import Final

_BY_CODE: Final = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is signed by nobody that is trusted here",
    19: "its certificate is signed by nobody that is trusted here",
    20: "its certificate is signed by nobody that is trusted here",
    21: "its certificate is signed by nobody that is trusted here",
    62: "its certificate is for another host",
    64: "its certificate is for another address",
}
"""By OpenSSL's code of a verification that failed."""

_BY_REASON: Final = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS there",
    "RECORD_LAYER_FAILURE": "it does not speak TLS there",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it asks for a certificate of ours",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it does not take our certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not take our certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "our certificate has expired",
    "KEY_VALUES_MISMATCH": "our certificate and our key do not belong together",
    "NO_CERTIFICATE_OR_CRL_FOUND": "the file of authorities holds no certificate",
}


def tls_trouble(error: ssl.SSLError) -> str:
    """Why a line cannot be encrypted, or why who is at its other end cannot be trusted."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _BY_CODE.get(error.verify_code, f"its certificate is refused: {error.verify_code}")
    reason = error.reason or type(error).__name__
    return _BY_REASON.get(reason, f"TLS fails: {reason}")
