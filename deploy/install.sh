#!/bin/sh
# install.sh BIN REQUIREMENTS: install what the lock names, and this project, into the virtual environment of BIN.
# uv installs in a second what takes pip twenty; where it cannot be had, pip does the same. What is compiled here need not
# be at every start where Python may not write beside its modules.
set -eu
bin=$1
requirements=$2
echo "Installing $(grep -c '==' "$requirements") packages …"
if [ ! -x "$bin/uv" ]; then
    "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt || true
fi
if ! { [ -x "$bin/uv" ] && VIRTUAL_ENV="$(dirname "$bin")" "$bin/uv" pip install --quiet --compile-bytecode --require-hashes -r "$requirements"; }; then
    "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"
fi
"$bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
