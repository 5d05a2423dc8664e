import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const ticks = () => cpus().reduce((sum, { times: t }) => ({ idle: sum.idle + t.idle, all: sum.all + t.idle + t.user + t.sys + t.nice + t.irq }), { idle: 0, all: 0 });

/** Waits until the machine idles: under a tenth of it busy over half a second. @returns {Promise<boolean>} false when the patience ran out */
export async function idle(patienceMs, say) {
  const until = Date.now() + patienceMs;
  let told = false;
  for (;;) {
    const before = ticks();
    await sleep(500);
    const after = ticks();
    const busy = (1 - (after.idle - before.idle) / (after.all - before.all)) * cpus().length;
    if (busy < 0.1 * cpus().length) return true;
    if (Date.now() > until) return false;
    if (!told) say(`waiting for an idle machine: ${busy.toFixed(1)} of ${cpus().length} cores are busy, load average ${loadavg()[0].toFixed(2)}`);
    told = true;
  }
}
