#!/bin/sh
# Installs Beffroi from this folder alone, without the Internet: sudo ./install.sh [FOLDER, /opt/beffroi if left out]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${1:-/opt/beffroi}
die() { echo "install.sh: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || die "only root can install for the whole machine: sudo ./install.sh"
version=$(cat "$here/VERSION")
echo "1. Looking whether the bundle is whole"
(cd "$here" && sha256sum --quiet --check SHA256SUMS) || die "a file is not as it was made: copy the bundle again"
[ "$(uname -m)" = "$(cat "$here/MACHINE")" ] || die "this bundle is for $(cat "$here/MACHINE"), this machine is $(uname -m)"

python=""
for each in $(cat "$here/PYTHONS"); do
  if [ -x "/usr/bin/python$each" ]; then python=/usr/bin/python$each; break; fi
done
[ -n "$python" ] || die "this bundle is for Python $(tr '\n' ' ' < "$here/PYTHONS"), and /usr/bin has none of them"
"$python" -c 'import ensurepip' 2>/dev/null || die "Python's venv is missing: install python3-venv from your Debian mirror or its DVD"

release=$root/releases/$version
[ ! -e "$root/current" ] || die "Beffroi is installed here already: beffroi upgrade $(dirname "$here")/BUNDLE.tar"
echo "2. Installing $version in $release"
rm -rf "$release"
mkdir -p "$root/releases"
"$python" -m venv "$release"
pip="$release/bin/python -m pip install --quiet --disable-pip-version-check --no-index --find-links=$here/wheels"
$pip --require-hashes --requirement "$here/runtime.txt"
$pip --no-deps "$here"/wheels/beffroi-*.whl
touch "$release/ready"

echo "3. Making the service"
"$release/bin/beffroi" service
for each in mosquitto; do
  command -v "$each" >/dev/null || [ -x "/usr/sbin/$each" ] || echo "   $each is missing: install it from your Debian mirror or its DVD before the service starts"
done
ldconfig -p | grep -q 'libpango-1.0' || echo "   libpango-1.0-0 and libpangoft2-1.0-0 are missing: no page has a PDF until they are installed"
