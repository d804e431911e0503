"""Alerts go only where the certificate is believed: real TLS on loopback, by the command line."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller

ROOT = Path(__file__).parents[2]


class Mailbox:
    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.letters.append(envelope.content)
        return "250 OK"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def context_of(certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


@contextmanager
def mail_server(security: str, certificate):
    mailbox = Mailbox()
    tls = context_of(certificate)
    how = (
        {"ssl_context": tls}
        if security == "tls"
        else {"tls_context": tls, "require_starttls": True}
    )
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **how)
    controller.start()
    try:
        yield mailbox, controller.port
    finally:
        controller.stop()


def free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def web_server(certificate):
    posts: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context_of(certificate).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield posts, server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class House:
    """A workspace and a machine's configuration of its own."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root, self.home = root, home

    def trust(self, authority) -> None:
        folder = self.home / "segport"
        folder.mkdir(parents=True, exist_ok=True)
        authority.cert_pem.write_to_path(str(folder / "own.pem"))
        (folder / "config.toml").write_text(f'alert_certificates = "{folder}/own.pem"\n')

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("SSL_CERT")}
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli", "-w", str(self.root), "alert", *words],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
            env={**environ, "SEGPORT_NO_KEYRING": "1", "XDG_CONFIG_HOME": str(self.home)},
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def house(tmp_path):
    from store.workspace import create

    return House(create(tmp_path / "house").root, tmp_path / "home")


def set_mail(house, server: str, port: int, security: str) -> None:
    done = house(
        "set", "--email", "ops@example.com", "--from", "segport@example.com",
        "--server", f"{server}:{port}", "--security", security,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_to_a_server_whose_certificate_is_believed(house, authority, security):
    with mail_server(security, authority.issue_cert("127.0.0.1", "localhost")) as (mailbox, port):
        set_mail(house, "127.0.0.1", port, security)
        done = house("test", "email")
        assert done.returncode == 1
        assert "shows a certificate that is not trusted here: " in done.stdout
        assert "alert_certificates" in done.stdout
        assert mailbox.letters == []
        house.trust(authority)
        done = house("test", "email")
        assert done.returncode == 0, done.stdout
        assert len(mailbox.letters) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_to_no_server_with_another_ones_certificate(house, authority, security):
    with mail_server(security, authority.issue_cert("mail.example.com")) as (mailbox, port):
        house.trust(authority)
        set_mail(house, "127.0.0.1", port, security)
        done = house("test", "email")
        assert done.returncode == 1
        assert "shows a certificate that is not trusted here: " in done.stdout
        assert mailbox.letters == []


def test_a_webhook_of_an_own_authority(house, authority):
    with web_server(authority.issue_cert("127.0.0.1")) as (posts, port):
        assert house("set", "--webhook", f"https://127.0.0.1:{port}/x").returncode == 0
        assert house("test", "webhook").returncode == 1
        assert posts == []
        house.trust(authority)
        done = house("test", "webhook")
        assert done.returncode == 0, done.stdout
        assert len(posts) == 1


def test_a_file_of_certificates_that_is_none_is_told(house, authority):
    house.trust(authority)
    set_mail(house, "127.0.0.1", free_port(), "tls")
    (house.home / "segport" / "own.pem").write_text("nothing")
    assert "own.pem cannot be used for alerts" in house("test", "email").stdout
    (house.home / "segport" / "own.pem").unlink()
    assert "No such file" in house("test", "email").stdout
