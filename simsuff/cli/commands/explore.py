"""``simsuff explore``: a page in the browser that answers "is my InfoNCE value good?", served on this computer alone."""

import argparse

from simsuff.cli.common import UNUSABLE

HELP = "is my InfoNCE value good? a page with sliders, on this computer alone"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=port, default=0, help="port on 127.0.0.1 (default: any that is free)")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")


def port(text: str) -> int:
    """A port number; 0 for any that is free."""
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(
            f"must be an integer in [0, 65535]: {text}; leave it out for any free one"
        )
    return int(text)


def handle(arguments: argparse.Namespace) -> int:
    import webbrowser

    from simsuff.cli.common import print_error, print_text
    from simsuff.explorer.server import ExplorerServer

    try:
        server = ExplorerServer(arguments.port)
    except OSError as error:
        print_error(
            f"simsuff: error: cannot serve on port {arguments.port}: {error.strerror}; leave --port out"
        )
        return UNUSABLE
    with server:
        print_text(f"{server.url}\n")
        print_error("simsuff: serving on this computer alone; Ctrl-C ends it")
        if not arguments.no_browser:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print_error("simsuff: ended")
    return 0
