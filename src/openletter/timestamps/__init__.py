"""RFC 3161 timestamps: bytes in, a time or a reason out, without I/O (``spec/timestamps.md``).

`judge` says what a stored timestamp proves. `request` and `check_response` are for who asks an authority for one.
"""

from openletter.timestamps.asking import REQUEST_TYPE, RESPONSE_TYPE, Answer, Request, check_response, request
from openletter.timestamps.judging import Stamped, Unknown, judge
from openletter.timestamps.token import MAX_BYTES

__all__ = [
    "MAX_BYTES",
    "REQUEST_TYPE",
    "RESPONSE_TYPE",
    "Answer",
    "Request",
    "Stamped",
    "Unknown",
    "check_response",
    "judge",
    "request",
]
