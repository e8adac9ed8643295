#!/usr/bin/env bash
# Runs Keycloak in the foreground, with a copy of the database that tools.sh made: keycloak.sh CACHE VARIANT PORT [REALM.json …]
# VARIANT is plain (default features) or featured (resource-indicators, cimd, jwt-authorization-grant and identity-assertion-jwt).
# The admin is admin/admin. It answers under http://127.0.0.1:PORT and, behind a proxy on loopback, under the name that the proxy
# forwards. Health is on PORT+10.
set -euo pipefail
cache=$1 variant=$2 port=$3
shift 3
home=$(mktemp -d)
cp -a "$cache/keycloak-$variant/." "$home"
import=
if (($#)); then
  mkdir -p "$home/data/import"
  cp "$@" "$home/data/import/"
  import=--import-realm
fi
export JAVA_OPTS_KC_HEAP="-Xms64m -Xmx512m"
# --cache=local keeps the cluster ports closed; build ignores that option, so it stands here.
exec "$home/bin/kc.sh" start --optimized --cache=local --http-enabled=true --http-host=127.0.0.1 --http-port="$port" \
  --http-management-port=$((port + 10)) --hostname-strict=false --proxy-headers=xforwarded --proxy-trusted-addresses=127.0.0.1 $import
