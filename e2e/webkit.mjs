// WebKit, as WebKitGTK has it (Debian's webkit2gtk-driver and xvfb), driven through WebDriver: a display,
// the driver and its small browser, started for one test file and ended with it.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { Builder, Capabilities } from 'selenium-webdriver';

/** The browser that the driver starts. @returns {string} */
function miniBrowser() {
  for (const lib of ['/usr/lib', '/usr/libexec', ...readdirSync('/usr/lib').map((d) => `/usr/lib/${d}`)]) {
    for (const version of ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0']) {
      if (existsSync(`${lib}/${version}/MiniBrowser`)) return `${lib}/${version}/MiniBrowser`;
    }
  }
  throw new Error('WebKit\'s MiniBrowser was not found: install webkit2gtk-driver and xvfb, or run ./build.sh test --no-browsers');
}

/** @returns {Promise<number>} */
const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    server.close(() => resolve(port));
  });
});

export async function launchWebKit() {
  const binary = miniBrowser();
  /** @type {import('node:child_process').ChildProcess[]} */ const children = [];
  const stop = () => children.forEach((c) => c.kill());
  try {
    const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    children.push(screen);
    const display = await new Promise((resolve, reject) => {
      screen.once('error', (e) => reject(new Error(`Xvfb does not start (${e.message}): install xvfb`)));
      screen.stdio[3]?.once('data', (number) => resolve(`:${String(number).trim()}`));
    });
    const port = await freePort();
    children.push(spawn('WebKitWebDriver', [`--port=${port}`], { env: { ...process.env, DISPLAY: display, WEBKIT_DISABLE_COMPOSITING_MODE: '1' }, stdio: 'ignore' }));
    const server = `http://127.0.0.1:${port}`;
    for (let i = 0; !(await fetch(`${server}/status`).catch(() => null))?.ok; i++) {
      if (i > 100) throw new Error('WebKitWebDriver does not answer');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const driver = await new Builder().usingServer(server)
      .withCapabilities(new Capabilities({ browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary, args: ['--automation'] } }))
      .build();
    await driver.manage().setTimeouts({ script: 60000, pageLoad: 60000 });
    return { driver, close: () => driver.quit().catch(() => {}).then(stop) };
  } catch (e) {
    stop();
    throw e;
  }
}
