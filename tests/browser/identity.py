"""A small OpenID Connect provider on loopback, which signs in whoever the test says."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "alma", "a secret between the app and its provider"


class Provider(ThreadingHTTPServer):
    """The provider.

    Args:
        user: claims of whoever signs in next; None: the sign-in is refused.
    """

    daemon_threads = True

    def __init__(self, user: dict[str, Any] | None) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.user = user
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, dict[str, Any]] = {}
        """What each code that was handed out stands for; it can be used once."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def discovery(self) -> str:
        return f"{self.address}/.well-known/openid-configuration"


class _Answer(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                self._tell(self._metadata())
            case "/keys":
                self._tell({"keys": [self.server.key.as_dict(private=False)]})
            case "/authorize":
                self._lead(asked["redirect_uri"], self._decided(asked))
            case "/logout":
                self._lead(asked["post_logout_redirect_uri"], {})
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = {name: values[0] for name, values in form.items()}
        held = self.server.codes.pop(asked["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(asked.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if not self._is_the_app() or held is None or held["code_challenge"] != proof.decode():
            self._tell({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = held["user"] | {"iss": self.server.address, "aud": CLIENT, "iat": now, "exp": now + 600}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims | {"nonce": held["nonce"]}, self.server.key)
        self._tell({"access_token": "none", "token_type": "Bearer", "expires_in": 600, "id_token": token})

    def _metadata(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {
            "issuer": self.server.address,
            **{name: f"{self.server.address}/{path}" for name, path in places.items()},
            "end_session_endpoint": f"{self.server.address}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _decided(self, asked: dict[str, str]) -> dict[str, str]:
        """Return what the app is told about the sign-in: a code, or that it was refused."""
        assert asked["client_id"] == CLIENT
        if self.server.user is None:
            return {"error": "access_denied", "state": asked["state"]}
        code = secrets.token_urlsafe()
        self.server.codes[code] = {
            "user": self.server.user, "nonce": asked["nonce"], "code_challenge": asked["code_challenge"]
        }  # fmt: skip
        return {"code": code, "state": asked["state"]}

    def _is_the_app(self) -> bool:
        _scheme, _space, given = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(given).decode() == f"{CLIENT}:{SECRET}"

    def _lead(self, where: str, words: dict[str, str]) -> None:
        self.send_response(302)
        self.send_header("Location", f"{where}?{urlencode(words)}")
        self.end_headers()

    def _tell(self, what: dict[str, Any], status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(what).encode())

    def log_message(self, *_words: Any) -> None:
        """Keep the tests' output to themselves."""


@contextmanager
def providing(user: dict[str, Any] | None = None) -> Iterator[Provider]:
    """Have a provider answer within a `with` block."""
    with Provider(user) as provider:
        thread = threading.Thread(target=provider.serve_forever)
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()


def person(name: str, **claims: Any) -> dict[str, Any]:
    """Return the claims of somebody called so."""
    return {"sub": f"id-of-{name.lower()}", "name": name, "email": f"{name}@example.com"} | claims


def configured(home: Path, discovery: str, secret: str = "forty characters that nobody would guess") -> None:
    """Set sign-in up as an operator does, in the file of secrets in the home directory of whoever runs the server."""
    folder = home / ".streamlit"
    folder.mkdir(exist_ok=True)
    told = {
        "redirect_uri": "http://127.0.0.1:{port}/oauth2callback", "cookie_secret": secret, "client_id": CLIENT,
        "client_secret": SECRET, "server_metadata_url": discovery,
    }  # fmt: skip
    (folder / "secrets.toml").write_text("[auth]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in told.items()))
