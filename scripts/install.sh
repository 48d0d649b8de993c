#!/usr/bin/env bash
# Installs what Pilotlight needs on Debian 12: packages, and a virtual environment with LibTorch in .venv.
# Running it again costs nothing: finished lists are remembered in .cache/install by their checksum.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/steps.sh

usage() {
  cat <<'TEXT'
usage: scripts/install.sh [--test] [--peers] [--no-python-torch] [--help]

  --test             also what scripts/test.sh and scripts/bench.sh need
  --peers            also other servers, for the optional columns of scripts/bench.sh
  --no-python-torch  no Python packages at all: build against an existing LibTorch (TORCH_DIR);
                     the demo models and the end-to-end tests then cannot be made
  --help             this text

Environment: TORCH_DIR   an existing LibTorch (the folder with include/ and lib/) to build against
TEXT
}

torch_version=2.13.0
with_test=no with_peers=no with_python=yes
for argument in "$@"; do
  case $argument in
    --test) with_test=yes ;;
    --peers) with_peers=yes ;;
    --no-python-torch) with_python=no ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && die "unknown option '$argument'" ;;
  esac
done
if [ "$with_python" = no ] && [ ! -e "${TORCH_DIR:-}/lib/libtorch_cpu.so" ]; then
  die "--no-python-torch needs TORCH_DIR, the folder of an existing LibTorch with include/ and lib/"
fi
if [ "$with_python$with_peers" = noyes ]; then
  die "--peers needs the Python packages: leave out --no-python-torch"
fi

stamps=.cache/install
mkdir -p "$stamps"

# Debian packages -----------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "packages are missing and this is neither root nor is there sudo"
  fi
}

missing_packages() { # of the lists given, one a line
  comm -13 <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | awk '$1 == "ii" { print $2 }' | sort -u) \
    <(package_names "$@" | sort -u)
}

# A fresh service must not start by itself (nginx would take port 80): Debian asks this file before it starts one.
forbid_service_starts() {
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  fi
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"; }

install_debian() { # lists...
  local missing
  missing=$(missing_packages "$@")
  if [ -n "$missing" ]; then
    forbid_service_starts
    step "reading Debian's package lists" apt_get update
    # shellcheck disable=SC2086  # a list of words
    step "installing $(wc -w <<<"$missing") Debian packages" apt_get install -y --no-install-recommends $missing
  fi
}

# Python packages -----------------------------------------------------------------------------------

# A symbolic link to an environment elsewhere is kept; one whose interpreter is gone is made anew.
make_environment() {
  if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    step "making the virtual environment .venv" /usr/bin/python3 -m venv --clear .venv
  fi
}

pip_install() { .venv/bin/python -m pip install --disable-pip-version-check --no-input "$@"; }

installed_torch() {
  .venv/bin/python -c 'import importlib.metadata as m; print(m.version("torch"))' 2>/dev/null || true
}

# The CPU build is a fifteenth of the plain one, but not every index has it.
install_torch() {
  local have
  have=$(installed_torch)
  if [ "$have" = "$torch_version" ] || [ "${have%%+*}" = "$torch_version" ]; then
    return
  fi
  if ! try_step "installing torch $torch_version+cpu" pip_install "torch==$torch_version+cpu"; then
    say "no index or wheel folder known to pip offers the CPU build: taking the plain one, which is several GB"
    step "installing torch $torch_version" pip_install "torch==$torch_version"
  fi
  # What fails at import would otherwise be found only minutes later.
  step "checking that torch loads" .venv/bin/python -c 'import torch; torch.ones(2).sum()'
}

# The whole ---------------------------------------------------------------------------------------

kinds=("")
[ "$with_test" = yes ] && kinds+=("-test")
[ "$with_peers" = yes ] && kinds+=("-peers")
debian_lists=("${kinds[@]/#/scripts/packages/apt}")
debian_lists=("${debian_lists[@]/%/.txt}")

debian_stamp=$stamps/debian-$(checksum "${debian_lists[@]}")
if [ ! -e "$debian_stamp" ] || ! have_commands cmake ninja g++ ccache jq curl; then
  install_debian "${debian_lists[@]}"
  touch "$debian_stamp"
fi

# The stamp names the environment too: another one behind the same path is filled again.
python_stamp() { # list
  printf '%s/%s-%s' "$stamps" "$(basename "$1" .txt)" \
    "$({ cat "$1" && echo "$torch_version" && readlink -f .venv && stat -c %W .venv/bin; } 2>/dev/null | checksum)"
}

install_python_list() { # list
  local flags=()
  if [ ! -x .venv/bin/python ] || [ ! -e "$(python_stamp "$1")" ]; then
    make_environment
    install_torch
    [[ $1 == *no-deps* ]] && flags=(--no-deps)
    step "installing $(package_names "$1" | sed 's/[=<>].*//' | paste -sd' ')" pip_install "${flags[@]}" -r "$1"
    touch "$(python_stamp "$1")"
  fi
}

if [ "$with_python" = yes ]; then
  for kind in "${kinds[@]}"; do
    for list in "scripts/packages/pip$kind.txt" "scripts/packages/pip$kind-no-deps.txt"; do
      if [ -e "$list" ]; then
        install_python_list "$list"
      fi
    done
  done
fi
