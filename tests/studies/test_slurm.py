"""Does a study give the same bytes on a real Slurm, of which one job is cancelled?

The fixture starts munged, slurmctld and slurmd (Debian: `apt-get install slurm-wlm munge`) on the loopback interface,
with files of its own; where it cannot, the test is skipped with the reason.
"""

import contextlib
import getpass
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

# Debian keeps the daemons where only root looks for them.
PATH = f"{os.environ['PATH']}:/usr/sbin"
DAEMONS = ("munged", "slurmctld", "slurmd")

CONFIGURATION = """
ClusterName=simsuff
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmctldPort={port}
SlurmdPort={other}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=debug Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""

CLUSTER = """
import sys
from dask_jobqueue import SLURMCluster

options = {"cores": 1, "processes": 1, "memory": "500MB", "walltime": "00:10:00", "interface": "lo"}
if __name__ == "__main__":
    with SLURMCluster(**options, job_directives_skip=["--mem"], log_directory="logs") as cluster:
        cluster.scale(jobs=2)
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""

STUDY = """
@study(default={"k": list(range(40))}, replicates=3, axes=Axes(x="k"))
def slow(k, rng):
    time.sleep(0.1)
    return Comparison(float(rng.normal()), "<=", k + 9.0)
"""


def free_ports():
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


@pytest.fixture
def slurm(tmp_path_factory):
    """A Slurm of one node that is up; the environment in which its commands find it."""
    missing = [name for name in (*DAEMONS, "sinfo", "scancel") if shutil.which(name, path=PATH) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here; apt-get install slurm-wlm munge")
    if importlib.util.find_spec("dask_jobqueue") is None:
        pytest.skip("no dask-jobqueue here; pip install 'simsuff[cluster]'")
    folder = tmp_path_factory.mktemp("slurm")
    os.chmod(folder, 0o711)
    (folder / "key").write_bytes(os.urandom(1024))
    (folder / "key").chmod(0o400)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    host = socket.gethostname().partition(".")[0]
    port, other = free_ports()
    settings = {"host": host, "user": getpass.getuser(), "folder": folder, "port": port, "other": other}
    (folder / "slurm.conf").write_text(CONFIGURATION.format(**settings))
    environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf")}
    files = {"key-file": "key", "socket": "munge.socket", "pid-file": "munged.pid", "log-file": "munged.log"}
    files["seed-file"] = "munge.seed"
    munged = ["munged", "--force", *(f"--{option}={folder / name}" for option, name in files.items())]

    def call(*command):
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    try:
        for command in (munged, ["slurmctld"], ["slurmd"]):
            done = call(*command)
            if done.returncode:
                pytest.skip(f"{command[0]} does not start: {done.stderr.strip()[-200:]}")
        deadline = time.monotonic() + 60
        while "idle" not in call("sinfo", "--noheader", "--format=%T").stdout:
            if time.monotonic() > deadline:
                log = folder / "slurmd.log"
                pytest.skip(f"the node stays down: {log.read_text()[-300:] if log.exists() else 'no log'}")
            time.sleep(0.2)
        yield environment
        call("scancel", "--full", f"--user={getpass.getuser()}")
        while call("squeue", "--noheader").stdout and time.monotonic() < deadline + 60:
            time.sleep(0.2)
    finally:
        for name in reversed(DAEMONS):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((folder / f"{name}.pid").read_text()), signal.SIGTERM)


def test_a_study_on_slurm_outlives_a_cancelled_job_and_gives_the_same_bytes(
    slurm, write, run_command, reports, snapshot, tmp_path
):
    path = write(STUDY)
    assert run_command("run", path, "--out", "here")[0] == 0
    environment = {**slurm, "PYTHONPATH": str(snapshot)}
    (tmp_path / "cluster.py").write_text(CLUSTER)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    options = {"cwd": tmp_path, "env": environment, "text": True}
    cluster = subprocess.Popen([sys.executable, "cluster.py"], **options, **pipes)
    try:
        address = cluster.stdout.readline().strip()
        assert address.startswith("tcp://"), cluster.communicate()
        command = [sys.executable, "-m", "simsuff", "run", str(path), "--out", "there"]
        command += ["--backend", "dask", "--scheduler", address]
        run = subprocess.Popen(command, **options, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        tasks = tmp_path / "there" / "tasks.jsonl"
        while not (tasks.exists() and tasks.read_text().count("\n") > 5):
            assert run.poll() is None, run.communicate()
            time.sleep(0.05)
        queue = ["squeue", "--noheader", "--states=RUNNING", "--format=%A"]
        jobs = subprocess.run(queue, env=environment, capture_output=True, text=True, check=True).stdout
        subprocess.run(["scancel", jobs.split()[0]], env=environment, check=True)
        assert tasks.read_text().count("\n") < 120, "the run was over before the job was cancelled"
        _, err = run.communicate(timeout=300)
        assert run.returncode == 0, err
    finally:
        cluster.communicate("", timeout=60)
    assert reports(tmp_path / "there") == reports(tmp_path / "here")
    assert tasks.read_text().count("\n") == 120
