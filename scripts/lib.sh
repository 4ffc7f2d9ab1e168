# Sourced by the other scripts: settings, messages, and the installing of what is missing.
# shellcheck shell=bash disable=SC2034

AIM_REPO="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Everything built or downloaded. One stable target folder, so that the heavy crates compile once,
# whatever the checkout.
export AIM_CACHE="${AIM_CACHE:-$HOME/.cache/aim}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$AIM_CACHE/target}"

# The one PostgreSQL release that runs, tests and pg-ext are built for, where Debian keeps it.
PG_VERSION=15
PG_BIN=/usr/lib/postgresql/$PG_VERSION/bin

# Messages go to stderr: stdout is a script's answer.
say() { printf '==> %s\n' "$*" >&2; }
die() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

# Runs a command as root.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "Neither root nor sudo is at hand; as root run: $*"
    fi
}

installed() { [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]; }

# Installs those of the named Debian packages that are not there.
need_packages() {
    local package missing=()
    command -v dpkg-query apt-get >/dev/null ||
        die "This needs a Debian system (12 is what it is tested on); elsewhere install by hand: $*"
    for package in "$@"; do
        installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    ((EUID == 0)) || sudo -n true 2>/dev/null || sudo -v ||
        die "Packages are missing and sudo does not help $(id -un); as root run: apt-get install ${missing[*]}"
    say "Installing Debian packages: ${missing[*]}"
    apt_install "${missing[@]}" 2>/dev/null || {
        say "Refreshing the package lists first"
        as_root apt-get update -qq >&2 || die "apt-get update failed; check the network and /etc/apt"
        apt_install "${missing[@]}" ||
            die "Could not install ${missing[*]}; Debian 12 has them all, on another release install them by hand"
    }
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >&2
}

need_postgres() {
    # Without this, Debian starts a server of its own as soon as the package is there.
    local config=/etc/postgresql-common/createcluster.conf
    if ! installed "postgresql-$PG_VERSION" && [[ ! -e $config ]]; then
        say "PostgreSQL comes without a server of the system's own: $config says so"
        as_root mkdir -p "${config%/*}"
        echo 'create_main_cluster = false' | as_root tee "$config" >/dev/null
    fi
    need_packages "postgresql-$PG_VERSION" "postgresql-client-$PG_VERSION"
}

# Runs a command as the user who runs PostgreSQL: it refuses to be root.
as_server() {
    if ((EUID == 0)); then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

need_rust() {
    command -v cargo >/dev/null || [[ ! -f $HOME/.cargo/env ]] || source "$HOME/.cargo/env"
    command -v cargo >/dev/null || die "Rust is missing; install it from https://rustup.rs and start again"
    need_packages gcc libc6-dev
    claim_target
}

# Cargo tells our crates apart by their place in a checkout, not by the checkout: another one's would
# be taken for this one's. Those of the last checkout that used the target folder are removed.
claim_target() {
    local mark="$CARGO_TARGET_DIR/checkout"
    [[ "$(cat "$mark" 2>/dev/null)" != "$AIM_REPO" ]] || return 0
    if [[ -d $CARGO_TARGET_DIR/release ]]; then
        cargo clean --quiet --release --locked --manifest-path "$AIM_REPO/Cargo.toml" \
            -p aim -p aim_ext -p aim_pg >&2
    fi
    mkdir -p "$CARGO_TARGET_DIR"
    echo "$AIM_REPO" >"$mark"
}

# What pg-ext is built with.
need_pgrx() {
    local version target
    need_rust
    need_postgres
    need_packages "postgresql-server-dev-$PG_VERSION" libclang-14-dev pkg-config
    export LIBCLANG_PATH=/usr/lib/llvm-14/lib
    export PGRX_PG_CONFIG_PATH="$PG_BIN/pg_config"
    export PATH="$AIM_CACHE/tools/bin:$PATH"
    version="$(sed -n 's/^pgrx = "=\(.*\)"$/\1/p' "$AIM_REPO/Cargo.toml")"
    [[ "$(cargo-pgrx pgrx --version 2>/dev/null)" != "cargo-pgrx $version" ]] || return 0
    say "Installing cargo-pgrx $version: two to five minutes, once"
    target="$AIM_CACHE/tools-target"
    CARGO_TARGET_DIR="$target" cargo install --quiet --locked --debug --root "$AIM_CACHE/tools" \
        cargo-pgrx --version "$version"
    rm -rf "$target"
}

# Makes the Python environment $1 hold what the requirements file $2 pins.
need_venv() {
    need_packages python3.11-venv
    if ! "$1/bin/python" -m pip --version >/dev/null 2>&1; then
        say "Creating $1"
        /usr/bin/python3.11 -m venv --clear "$1"
    fi
    pip_install "$1" -r "$2" || die "Could not install $2 into $1; check that pip reaches its index"
}

# Puts every DuckDB release that tests/engines pins into a folder of its own in $AIM_CACHE/duckdb, by
# means of the Python environment $1.
need_duckdb_releases() {
    local pins version work home="$AIM_CACHE/duckdb"
    for pins in "$AIM_REPO"/tests/engines/*.txt; do
        version="$(basename "$pins" .txt)"
        [[ ! -d $home/$version ]] || continue
        say "Downloading DuckDB $version for Python"
        mkdir -p "$home"
        # Under its name when it is whole.
        work="$(mktemp -d "$home/.new.XXXXXX")"
        if ! pip_install "$1" --target "$work" -r "$pins"; then
            rm -rf "$work"
            die "Could not install $pins into $home; check that pip reaches its index"
        fi
        mv -T "$work" "$home/$version"
    done
}

# Everything the SQL suite runs on: the packaged extension and the engines that load it.
need_sql_engines() {
    local venv="$AIM_CACHE/venv"
    need_venv "$venv" "$AIM_REPO/tests/requirements.txt"
    need_duckdb_releases "$venv"
    AIM_EXT="$("$AIM_REPO/scripts/package")" || die "The extension was not packaged; without it there is nothing to test"
    # DuckDB 1.2 looks for another platform's name in the file.
    "$AIM_REPO/scripts/package" --platform linux_amd64_gcc4 >/dev/null || die "The extension was not packaged for DuckDB 1.2"
    export AIM_EXT
    export AIM_TEST_PYTHON="$venv/bin/python"
    export AIM_TEST_DUCKDB="$AIM_CACHE/duckdb"
    export AIM_TEST_DUCKDB_CLI="$venv/bin/duckdb"
}

# Installs with the Python environment $1 exactly what is pinned, ready built.
pip_install() {
    local venv="$1"
    shift
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
        --only-binary=:all: --require-hashes "$@" >&2
}

# Decides which engine library cargo links. Afterwards CARGO_ENGINE holds the flags that every cargo
# command on the runner needs: none, or those that compile the engine from source.
need_engine() {
    local dir
    dir="$("$AIM_REPO/scripts/engine")"
    if [[ -n $dir ]]; then
        CARGO_ENGINE=()
        export DUCKDB_LIB_DIR="$dir"
        export LD_LIBRARY_PATH="$dir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    else
        say "DuckDB is compiled from source: add about an hour, once"
        CARGO_ENGINE=(--features bundled)
        unset DUCKDB_LIB_DIR
        need_packages g++
    fi
}

# Names LightGBM's library for what trains models; without one, what trains says so.
need_lightgbm() {
    local library
    library="$("$AIM_REPO/scripts/lightgbm")"
    if [[ -n $library ]]; then
        export AIM_LIGHTGBM="$library"
    fi
}
