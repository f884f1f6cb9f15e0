"""Does the explorer answer this computer, refuse everybody and everything else, and end at Ctrl-C?"""

import http.client
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from simsuff.cli import main
from simsuff.explorer import Settings, explore
from simsuff.explorer.server import page

ROOT = Path(__file__).parents[2]


def ask(server, path, method="GET", host=None):
    """Status, headers and body of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=120)
    connection.request(method, path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, body


def test_it_listens_to_this_computer_alone(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.server_port}/"


def test_the_page_is_whole_and_loads_nothing(server):
    status, headers, body = ask(server, "/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert body == page()
    assert "{{" not in body
    assert "https://" not in body
    assert "http://" not in body.replace("http://www.w3.org/2000/svg", "")


def test_numbers_are_those_of_the_library(server):
    status, headers, body = ask(server, "/numbers?candidates=8&value=1.5&divergence=js&dimension=4")
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    assert headers["Cache-Control"] == "no-store"
    wanted = explore(Settings(candidates=8, value=1.5, divergence="js", dimension=4))
    assert json.loads(body) == json.loads(json.dumps(wanted))


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example", ""]
)
@pytest.mark.parametrize("path", ["/", "/numbers"])
def test_another_name_for_this_computer_is_refused(server, host, path):
    status, _, body = ask(server, path, host=host)
    assert status == 403
    assert "correlation" not in body


def test_localhost_is_this_computer(server):
    assert ask(server, "/", host=f"localhost:{server.server_port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_only_get_is_answered(server, method):
    assert ask(server, "/numbers", method=method)[0] == 501


@pytest.mark.parametrize("path", ["/numbers/", "/../setup.cfg", "/page.html", "/favicon.ico"])
def test_there_is_nothing_else(server, path):
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("correlation=1.0", "correlation must lie in [0, 0.99]: correlation = 1.0"),
        ("correlation=nan", "correlation must lie in [0, 0.99]: correlation = nan"),
        ("correlation=-0.5", "correlation must lie in [0, 0.99]"),
        ("correlation=high", "correlation must be a number: correlation = 'high'"),
        ("correlation=", "correlation must be a number: correlation = ''"),
        ("correlation", "bad query field"),
        ("noise=1e999", "noise must lie in [0, 3]: noise = inf"),
        ("candidates=1", "candidates must lie in [2, 65536]"),
        ("candidates=1e3", "candidates must be an integer"),
        ("candidates=" + "9" * 5_000, "candidates must be an integer"),
        ("candidates=" + "9" * 400, "candidates must lie in [2, 65536]"),
        ("temperature=0", "temperature must lie in [0.01, 10]"),
        ("rank=9", "rank must be at most the 8 shared directions"),
        ("divergence=" + quote("<script>alert(1)</script>"), "divergence must be one of kl"),
        ("value=nan", "value must be a number below 1e+06 in size"),
        ("value=-1e300", "value must be a number below 1e+06 in size"),
        ("value=1&value=2", "value must be given once"),
        ("__class__=1", "setting must be one of"),
    ],
)
def test_unusable_settings_are_explained(server, query, message):
    status, headers, body = ask(server, f"/numbers?{query}")
    assert status == 400
    assert headers["Content-Type"].startswith("application/json")
    assert message in json.loads(body)["error"]
    assert len(body) < 1_000


def test_two_requests_at_once_get_an_answer_each(server):
    """Neither holds the other up for good, nor gets its numbers."""
    paths = [f"/numbers?candidates={K}&dimension=3&rank=2&value=2" for K in (30, 31)] * 2
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(lambda path: json.loads(ask(server, path)[2]), paths))
    assert [answer["settings"]["candidates"] for answer in answers] == [30, 31, 30, 31]
    assert answers[:2] == answers[2:]


def test_a_browser_that_leaves_is_no_error(server, capfd):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request("GET", "/numbers?candidates=900")
    connection.close()
    assert ask(server, "/")[0] == 200
    assert "Traceback" not in capfd.readouterr().err


# A shell without job control starts background jobs deaf to Ctrl-C, and their children inherit that.
OBEY = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from simsuff.cli import main; "
)


def test_ctrl_c_ends_it_without_a_complaint():
    process = subprocess.Popen(
        [sys.executable, "-c", f"{OBEY} raise SystemExit(main(['explore', '--no-browser']))"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = process.stdout.readline().strip()
    host, port = address.removeprefix("http://").removesuffix("/").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert err.endswith("simsuff: ended\n")


def test_a_port_that_is_taken_is_named(server, capsys):
    assert main(["explore", "--no-browser", "--port", str(server.server_port)]) == 2
    assert f"cannot serve on port {server.server_port}" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "eighty", "1e3", "٣"])
def test_unusable_ports_are_refused(port, capsys):
    with pytest.raises(SystemExit) as refused:
        main(["explore", "--no-browser", f"--port={port}"])
    assert refused.value.code == 2
    assert "must be an integer in [0, 65535]" in capsys.readouterr().err
