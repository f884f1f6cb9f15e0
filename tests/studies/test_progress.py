"""Is progress shown on terminals only?"""

import io

from simsuff.studies.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def steps(stream):
    progress = Progress(2, 0, stream)
    progress.step("toy:f[K=1]#0")
    progress.step("toy:f[K=2]#0")
    progress.close()
    return stream.getvalue()


def test_a_pipe_stays_silent():
    assert steps(io.StringIO()) == ""


def test_a_terminal_sees_counts_and_the_study():
    shown = steps(Terminal())
    assert "2/2 tasks" in shown
    assert "toy:f" in shown
    assert shown.endswith("\r\x1b[K")
