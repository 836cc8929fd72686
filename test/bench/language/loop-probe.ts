// Loaded into a server before its own code: answers each message of its parent with the longest time, in ms,
// that the event loop was held since the last one.

const TICK_MS = 1;

let last = performance.now();
let longest = 0;

function tick(): void {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
  setTimeout(tick, TICK_MS).unref();
}

process.on('message', () => {
  process.send?.(longest);
  longest = 0;
});
process.channel?.unref();
tick();
