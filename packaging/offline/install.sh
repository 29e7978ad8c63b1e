#!/bin/sh
# Installs Beffroi from this folder alone, without the Internet: sudo ./install.sh [--with ldap] [--with relay] [FOLDER, /opt/beffroi if left out]
# Run again with --with, it adds that extra to what this very bundle installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
die() { echo "install.sh: $*" >&2; exit 1; }

root=/opt/beffroi
extras=""
while [ $# -gt 0 ]; do
  case $1 in
    --with) [ $# -gt 1 ] || die "--with what? one of: $(cd "$here/extras" && ls | sed 's/\.txt$//' | xargs)"; extras="$extras $2"; shift 2 ;;
    -*) die "$1 is not known here: [--with ldap] [--with relay] [FOLDER]" ;;
    *) root=$1; shift ;;
  esac
done
[ "$(id -u)" = 0 ] || die "only root can install for the whole machine: sudo ./install.sh"
version=$(cat "$here/VERSION")

echo "1. Looking whether the bundle is whole"
(cd "$here" && sha256sum --quiet --check --strict SHA256SUMS) || die "a file is not as it was made, or not there: copy the bundle again"
named=$(mktemp); trap 'rm -f "$named"' EXIT
{ cut -c 67- "$here/SHA256SUMS"; echo SHA256SUMS; } | LC_ALL=C sort > "$named"
strange=$(cd "$here" && find . ! -type d | cut -c 3- | LC_ALL=C sort | LC_ALL=C comm -13 "$named" -)
[ -z "$strange" ] || die "not of this bundle: $(echo $strange). Unpack it in an empty folder"
[ "$(uname -m)" = "$(cat "$here/MACHINE")" ] || die "this bundle is for $(cat "$here/MACHINE"), this machine is $(uname -m)"

python=""
for each in $(cat "$here/PYTHONS"); do
  if [ -x "/usr/bin/python$each" ]; then python=/usr/bin/python$each; number=$each; break; fi
done
[ -n "$python" ] || die "this bundle is for Python $(tr '\n' ' ' < "$here/PYTHONS"), and /usr/bin has none of them"
"$python" -c 'import ensurepip' 2>/dev/null || die "Python's venv is missing: install python3-venv from your Debian mirror or its DVD"

locks="--requirement $here/runtime.txt"
for each in $extras; do
  [ -e "$here/extras/$each.txt" ] || die "there is no extra $each here: $(cd "$here/extras" && ls | sed 's/\.txt$//' | xargs)"
  grep -q "^$each $number\( \|\$\)" "$here/EXTRAS" || die "this bundle holds no $each for Python $number"
  locks="$locks --requirement $here/extras/$each.txt"
done

root=$(readlink -m "$root")
release=$root/releases/$version
if [ -e "$root/current" ]; then
  [ "$(readlink -f "$root/current")" = "$release" ] && [ -e "$release/ready" ] && [ -n "$extras" ] ||
    die "Beffroi is installed here already: beffroi upgrade $(dirname "$here")/BUNDLE.tar"
  echo "2. Adding$extras to $release"
else
  echo "2. Installing $version in $release"
  rm -rf "$release"
  mkdir -p "$root/releases"
  "$python" -m venv "$release"
fi
pip="$release/bin/python -m pip install --quiet --disable-pip-version-check --no-index --find-links=$here/wheels"
$pip --require-hashes $locks
[ -e "$release/ready" ] || $pip --no-deps "$here/wheels/beffroi-$version-py3-none-any.whl"
case "$extras " in
  *" ldap "*) "$release/bin/python" -c 'import ldap' 2>/dev/null ||
    echo "   OpenLDAP's library is missing, or another than that of the system this was$(grep "^ldap $number" "$here/EXTRAS" | cut -d ' ' -f 3-): install libldap-2.5-0 (Debian 12) or libldap2 (13)" ;;
esac

if [ -e "$release/ready" ]; then
  echo "It is used from the next start on: systemctl restart beffroi"
  exit 0
fi
touch "$release/ready"
echo "3. Making the service"
"$release/bin/beffroi" service
for each in mosquitto; do
  command -v "$each" >/dev/null || [ -x "/usr/sbin/$each" ] || echo "   $each is missing: install it from your Debian mirror or its DVD before the service starts"
done
ldconfig -p | grep -q 'libpango-1.0' || echo "   libpango-1.0-0 and libpangoft2-1.0-0 are missing: no page has a PDF until they are installed"
