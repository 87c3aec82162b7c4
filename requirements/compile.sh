# Writes one lock: names, versions and hashes, but no address, since which index they come from is the user's business.
set -eu
case $1 in
  main) from="../pyproject.toml" ;;
  test) from="../pyproject.toml --extra test --constraint main.txt" ;;
  models) from="models.in --no-deps" ;;
  tools) from="tools.in" ;;
esac
# shellcheck disable=SC2086
${UV:-uv} pip compile $from --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
  --no-header --quiet --output-file "$1.txt"
