# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the disk that carries a test into dom0: a tar archive whose first member is uc-test/."""

import io
import os
import tarfile


def make(path, files):
    """files: {name in uc-test/: content (bytes or str) or path of a file as a tuple (path,)}."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        top = tarfile.TarInfo("uc-test/")
        top.type, top.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(top)
        for name, content in sorted(files.items()):
            info = tarfile.TarInfo("uc-test/" + name)
            info.mode = 0o755
            if isinstance(content, tuple):
                with open(content[0], "rb") as f:
                    content = f.read()
            elif isinstance(content, str):
                content = content.encode()
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    # Whole sectors, and a size that every disk controller takes.
    size = os.path.getsize(path)
    os.truncate(path, max(1 << 20, (size + 65535) & ~65535))
