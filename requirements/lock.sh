#!/bin/sh
# Pins what the .in files ask for. Versions already pinned stay unless --upgrade or --upgrade-package NAME is given.
# Each lock holds to the one before it, so that all agree and one environment can grow from one to the next.
set -eu
cd "$(dirname "$0")/.."
export UV_CUSTOM_COMPILE_COMMAND="make lock"
compile() {
    name=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links "requirements/$name.in" -o "requirements/$name.txt" "$@"
}
compile base "$@"
compile train -c requirements/base.txt "$@"
compile embedded -c requirements/train.txt "$@"
compile dev -c requirements/embedded.txt "$@"
compile transformers -c requirements/dev.txt "$@"
