"""A notebook's kernel, forked from a process that has loaded what notebooks need.

The fork is made before its parent does anything that a fork must not share: it waits until it is wanted.
"""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner


class WaitingKernel:
    """A forked process that waits for the command, environment and folder of a kernel.

    Begin it while the calling process has but one thread. It ends by itself with the process that began it.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        receiver, self._sender = context.Pipe(duplex=False)
        process = context.Process(target=_become, args=(receiver, self._sender), daemon=True)
        process.start()
        receiver.close()
        self.process: BaseProcess = process

    def begin(self, command: list[str], environment: dict[str, str], folder: str) -> None:
        """Let it become the kernel that a command line describes."""
        self._sender.send((command, environment, folder))
        self._sender.close()

    def manager(self) -> type[AsyncKernelManager]:
        """Return the class of managers whose kernel this is."""
        waiting = self

        class Manager(AsyncKernelManager):
            async def _async_pre_start_kernel(
                self, **options: Any
            ) -> tuple[list[str], dict[str, Any]]:
                if self.provisioner is None:
                    self.provisioner = _Provisioner(
                        waiting, kernel_spec=self.kernel_spec, parent=self
                    )
                return await super()._async_pre_start_kernel(**options)

        return Manager


class _Provisioner(LocalProvisioner):
    """Hands a kernel's command line to the process that waits for it."""

    def __init__(self, waiting: WaitingKernel, **options: Any) -> None:
        super().__init__(**options)
        self._waiting = waiting

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Begin the kernel."""
        folder = str(options.get("cwd") or Path.cwd())
        self._waiting.begin(cmd, dict(options.get("env") or os.environ), folder)
        self.process = cast(Any, _AsPopen(self._waiting.process))
        self.pid, self.cwd = self._waiting.process.pid, folder
        return self.connection_info


class _AsPopen:
    """A process of multiprocessing with the face of one of subprocess, as provisioners want it."""

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.pid is not None and self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()


def _become(receiver: Connection, sender: Connection) -> None:
    sender.close()  # else the end of the process that began this one would not be noticed
    os.setsid()
    try:
        command, environment, folder = receiver.recv()
    except EOFError:
        return
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415 - loaded before the fork

    # What is behind the program's name; and a kernel ends with the process that began it.
    arguments = command[command.index("-f") :]
    IPKernelApp.launch_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
