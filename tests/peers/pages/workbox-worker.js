importScripts('workbox-core.js', 'workbox-background-sync.js');

// Sent when asked for, so that it can be timed; the sync event that Chromium sends is passed over.
const queue = new workbox.backgroundSync.Queue('queue', { onSync: async () => {} });
const seconds = (since) => (performance.now() - since) / 1000;

const acts = {
  async save({ items, size }, tell) {
    const body = 'x'.repeat(size);
    const since = performance.now();
    for (let number = 0; number < items; number += 1) {
      await queue.pushRequest({ request: new Request(`/sink/${number}`, { method: 'POST', body }) });
      tell({ saved: number + 1 });
    }
    return { seconds: seconds(since) };
  },
  async list() {
    const since = performance.now();
    const found = await queue.getAll();
    return { count: found.length, seconds: seconds(since) };
  },
  async drain() {
    const since = performance.now();
    await queue.replayRequests();
    return { seconds: seconds(since) };
  },
};

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => {
  const [port] = event.ports;
  const tell = (what) => port.postMessage(what);
  event.waitUntil(acts[event.data.act](event.data, tell).then(tell, (error) => tell({ error: String(error) })));
});
