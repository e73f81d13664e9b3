const n = Number(require('fs').readFileSync(0, 'utf8'));
const stops = Array.from({ length: n }, (_, i) => (i % 2 ? (i + 1) / 2 : n - i / 2));
console.log(stops.join(' '));
