"""Nginx in front of a server over TLS: what is passed on, what is refused, and what is said when nobody answers."""

from __future__ import annotations

import http.client
import http.server
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

DEPLOY = Path(settings.BASE_DIR) / "deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin") or shutil.which("nginx")
needs_nginx = pytest.mark.skipif(NGINX is None or shutil.which("openssl") is None, reason="nginx is not here")


class Product(http.server.BaseHTTPRequestHandler):
    """Says what it was asked, and with which headers."""

    def do_GET(self) -> None:
        body = "\n".join(f"{name.lower()}: {value}" for name, value in self.headers.items()).encode()
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Front:
    """Nginx as configured, and the server behind it."""

    port: int
    certificate: Path
    product: http.server.ThreadingHTTPServer

    def ask(self, path: str) -> tuple[int, dict[str, str], str]:
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        trusting.check_hostname = False  # it is the address of this machine that is asked
        with closing(http.client.HTTPSConnection("127.0.0.1", self.port, context=trusting, timeout=10)) as connection:
            connection.request("GET", path, headers={"Host": "comments.example"})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    product = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Product)
    threading.Thread(target=product.serve_forever, daemon=True).start()
    port = free_port()
    configuration = write_configuration(tmp_path, port, product.server_port)
    process = subprocess.Popen([str(NGINX), "-c", configuration, "-p", tmp_path, "-e", "error.log"])
    wait_for(port)
    yield Front(port, tmp_path / "fullchain.pem", product)
    process.terminate()
    process.wait(10)
    with suppress(OSError):
        product.server_close()


def write_configuration(place: Path, port: int, behind: int) -> Path:
    """Ours, with other ports, a certificate, folders of the test's own, and a flood that is soon reached."""
    make_certificate(place)
    (place / "away.html").write_text((DEPLOY / "nginx" / "away.html").read_text())
    text = (DEPLOY / "nginx" / "fibercomments.conf").read_text()
    for pattern, replacement in (
        (r"listen \[::\].*\n", ""),
        (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
        (r"listen 443 ", f"listen 127.0.0.1:{port} "),
        (r"/etc/ssl/comments.example", str(place)),
        (r"server 127.0.0.1:8000", f"server 127.0.0.1:{behind}"),
        (r"/var/cache/nginx/fibercomments", str(place / "cache")),
        (r"/var/www/fibercomments", str(place)),
        (r"rate=30r/s", "rate=1r/m"),
        (r"burst=120", "burst=8"),
    ):
        text = re.sub(pattern, replacement, text)
    temporary = "".join(
        f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    account = "user root;" if os.geteuid() == 0 else ""  # the test's folders are for its own account only
    whole = f"{account} daemon off; pid {place}/pid; events {{}} http {{ access_log off; {temporary}\n{text}}}\n"
    (place / "nginx.conf").write_text(whole)
    return place / "nginx.conf"


def make_certificate(place: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = [
        "-keyout",
        str(place / "privkey.pem"),
        "-out",
        str(place / "fullchain.pem"),
        "-subj",
        "/CN=comments.example",
    ]
    subprocess.run([*command, *files], check=True, capture_output=True)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail("nginx does not listen")


@needs_nginx
def test_a_request_is_passed_on_with_who_asked_and_how(front: Front) -> None:
    status, _headers, seen = front.ask("/")
    assert status == 200
    for line in ("host: comments.example", "x-forwarded-for: 127.0.0.1", "x-forwarded-proto: https"):
        assert line in seen
    assert re.search(r"x-request-id: [0-9a-f]{32}", seen)


@needs_nginx
def test_the_product_s_own_503_is_passed_on_and_a_dead_one_gets_the_page_that_comes_back(front: Front) -> None:
    assert front.ask("/busy")[0] == 503
    assert "comments.example" in front.ask("/busy")[2]
    front.product.shutdown()
    front.product.server_close()
    status, headers, page = front.ask("/sessions")
    assert status == 503
    assert headers["retry-after"] == "10"
    assert headers["cache-control"] == "no-store"
    assert "Volvemos enseguida" in page


@needs_nginx
def test_a_flood_from_one_address_is_told_to_come_back(front: Front) -> None:
    statuses = {front.ask("/")[0] for _ in range(15)}
    assert statuses == {200, 429}


def test_figures_of_the_machine_are_closed_to_the_world() -> None:
    text = (DEPLOY / "nginx" / "fibercomments.conf").read_text()
    [block] = re.findall(r"location = /metrics \{(.*?)\}", text, re.DOTALL)
    assert re.findall(r"(allow|deny) (\S+);", block) == [("allow", "127.0.0.1"), ("allow", "::1"), ("deny", "all")]
