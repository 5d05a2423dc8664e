// The browsers that the tests drive: those of CHROMIUM and FIREFOX in the environment, else those
// found in the usual places. ./build.sh test installs them where it can.
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

const places = {
  chromium: [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
  firefox: [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
};

/** @typedef {keyof typeof places} Name */

/** @param {Name} name @param {Record<string, unknown>} [extraPrefsFirefox] @param {string[]} [more] Chromium's arguments */
export function launch(name, extraPrefsFirefox = {}, more = []) {
  const executablePath = places[name].find((p) => p && existsSync(p));
  if (!executablePath) throw new Error(`${name} was not found: install it, or set ${name.toUpperCase()} to its path`);
  return puppeteer.launch(name === 'chromium'
    ? {
      executablePath, headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', ...more],
    }
    : { browser: 'firefox', executablePath, headless: true, extraPrefsFirefox });
}
