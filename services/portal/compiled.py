"""Compiled templates are kept where Python keeps compiled modules, so that pages do not wait for it at each start."""

import contextlib
import sys
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket

IN_THE_SAME_INTERPRETER = f"%s.{sys.implementation.cache_tag}.cache"


class BesideModules(FileSystemBytecodeCache):
    """Where nothing may be written, nothing is kept, as with modules."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True, parents=True)
            super().dump_bytecode(bucket)


def kept_for(templates: Path) -> BytecodeCache | None:
    """None where Python was told to keep nothing."""
    if sys.dont_write_bytecode:
        return None
    folder = Path(cache_from_source(str(templates / "any.py"))).parent
    return BesideModules(str(folder), IN_THE_SAME_INTERPRETER)
