#!/usr/bin/env bash
# Takes docs/images/report.png and dashboard.png of a run of the CrocoChat example. Run it by `make pictures`.
# Needs the packages chromium, chromium-driver and curl.
set -euo pipefail
cd "$(dirname "$0")/../.."
port=9515
work=$(mktemp -d)
chromedriver --port=$port >"$work/driver.log" &
driver=$!
trap 'kill $driver; rm -rf "$work"' EXIT

# The answer to a command of WebDriver: a path, and what it takes.
ask() {
  curl -s --retry 10 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/session$1" ${2+-d "$2"}
}

# The picture of a page.
take() {
  ask "/$session/url" "{\"url\":\"$1\"}" >/dev/null
  sleep 2
  ask "/$session/screenshot" | sed 's/.*"value":"\([^"]*\)".*/\1/' | base64 -d >"docs/images/$2.png"
}

flags='"--headless","--no-sandbox","--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking"'
flags+=',"--disable-component-update","--disable-sync","--hide-scrollbars","--window-size=1280,1360"'
flags+=",\"--user-data-dir=$work/profile\""
session=$(ask "" "{\"capabilities\":{\"alwaysMatch\":{\"goog:chromeOptions\":{\"args\":[$flags]}}}}" |
  sed 's/.*"sessionId":"\([^"]*\)".*/\1/')

target/release/wasock run --serve -u 20 -d 20s --dashboard --report "$work/report.html" examples/crocochat.js &
run=$!
sleep 16
take http://127.0.0.1:5665 dashboard
wait $run
take "file://$work/report.html" report
curl -s -X DELETE "http://127.0.0.1:$port/session/$session" >/dev/null
ls -l docs/images/*.png
