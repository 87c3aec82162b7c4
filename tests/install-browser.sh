# The browser tests use an installed Chrome or Chromium; where there is none, the distribution's package is installed.
for name in google-chrome google-chrome-stable chromium chromium-browser; do
  if command -v "$name" > /dev/null; then exit 0; fi
done
echo "No Chrome or Chromium was found: installing the distribution's chromium package."
sudo=$(command -v sudo || true)
[ "$(id -u)" = 0 ] && sudo=
if command -v apt-get > /dev/null; then
  $sudo apt-get update -qq && $sudo apt-get install -y -qq chromium > /dev/null
elif command -v dnf > /dev/null; then
  $sudo dnf install -y -q chromium
else
  echo "Install Chrome or Chromium by hand, then run make test again." >&2
  exit 1
fi
