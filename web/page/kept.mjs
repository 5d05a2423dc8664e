// One line below the page: whether it works without its server, and whether there is a new version.
import { h } from './dom.mjs';
import { keepOffline } from './offline.mjs';
import { megabytes, texts } from './text.mjs';

const t = texts({
  en: {
    storing: (/** @type {string} */ done, /** @type {string} */ total) => `Keeping this page on your device: ${done} of ${total} MB.`,
    ready: 'This page is kept on your device: it works without a connection.',
    update: 'A new version of this page is here, for now or for your next visit.', apply: 'Use it now',
    unsupported: 'This window (private?) cannot keep the page: the next visit needs a connection.',
    insecure: 'Without https the page cannot be kept: the next visit needs a connection.',
    forbidden: 'This browser lets the page store nothing: the next visit needs a connection.',
    full: 'There is no room to keep the page: the next visit needs a connection. Free some space to keep it.',
    incomplete: 'The page could not be kept whole (connection lost, or server being updated): the next visit tries again.',
  },
  zh: {
    storing: (done, total) => `正在把此页面保存到你的设备：${done} / ${total} MB。`,
    ready: '此页面已保存在你的设备上：没有网络也能使用。',
    update: '此页面有新版本，可立即启用，或在下次访问时启用。', apply: '立即启用',
    unsupported: '此窗口（无痕？）无法保存页面：下次访问需要网络。',
    insecure: '地址不是 https，因此无法保存页面：下次访问需要网络。',
    forbidden: '此浏览器不允许页面存储数据：下次访问需要网络。',
    full: '设备空间不足，无法保存页面：下次访问需要网络。请释放一些空间。',
    incomplete: '页面未能完整保存：连接中断，或服务器正在更新。下次访问会再试。',
  },
});

/** @param {HTMLElement} place @param {(text: string) => void} announce */
export function keep(place, announce) {
  place.hidden = false;
  keepOffline({
    onState(now) {
      place.dataset.state = now.state;
      if (now.state === 'storing') {
        place.textContent = t.storing(megabytes(now.done), megabytes(now.total));
      } else if (now.state === 'update') {
        const button = h('button', { type: 'button', class: 'button quiet' }, t.apply);
        button.onclick = () => {
          button.disabled = true;
          now.apply();
        };
        place.replaceChildren(t.update, ' ', button);
        announce(t.update);
      } else {
        place.textContent = now.state === 'ready' ? t.ready : t[now.why];
      }
    },
  });
}
