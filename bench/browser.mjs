// The headless Chromium, and a worker in one of its pages as an object with async methods.
import { existsSync, readFileSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

const PATHS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'];

export function launch() {
  const executablePath = PATHS.find((p) => p && existsSync(p));
  if (!executablePath) throw new Error('bench: found no Chromium: install one, or set CHROMIUM to the path of its executable');
  return puppeteer.launch({
    executablePath, headless: true, protocolTimeout: 300_000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

/** A page of its own: fresh context, so no cache and no compiled code from before, and a fresh renderer. */
export async function freshPage(browser, work) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const problems = [];
    page.on('pageerror', (e) => problems.push(String(e)));
    try {
      return await work(page);
    } catch (e) {
      throw new Error([e.message, ...problems].join('\n'));
    }
  } finally {
    await context.close();
  }
}

/** Starts a bench worker in the page; call(job, parameters) resolves with its answer. */
export async function startWorker(page, script, type) {
  const handle = await page.evaluateHandle((script, type) => {
    const worker = new Worker(script, { type });
    const waiting = new Map();
    worker.onmessage = ({ data: { id, value, error } }) => {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      error ? reject(new Error(error)) : resolve(value);
    };
    worker.onerror = (e) => waiting.forEach(({ reject }) => reject(new Error(`${script}: ${e.message}`)));
    let id = 0;
    return {
      call: (job, parameters, transfer = []) => new Promise((resolve, reject) => {
        waiting.set(++id, { resolve, reject });
        worker.postMessage({ job, id, ...parameters }, transfer);
      }),
    };
  }, script, type);
  return { handle, call: (job, parameters = {}) => handle.evaluate((w, job, parameters) => w.call(job, parameters), job, parameters) };
}

/** Largest resident size so far, in bytes, of a renderer: the fresh page's. Linux alone tells; elsewhere undefined. */
export async function peakResident(browser) {
  const session = await browser.target().createCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const peaks = processInfo.filter((p) => p.type === 'renderer').map(({ id }) => {
    try {
      return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]);
    } catch {
      return 0;
    }
  });
  return Math.max(...peaks) || undefined;
}
