const numbers = require('fs').readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
const lines = [];
for (let i = 1; i < numbers.length; i += 2) {
  const [d, length] = [numbers[i], numbers[i + 1]];
  let [low, high] = [1e-3, 6];
  for (let step = 0; step < 80; step++) {
    const u = (low + high) / 2;
    if (Math.sinh(u) / u < length / d) low = u;
    else high = u;
  }
  lines.push(((d / 1000) * (Math.cosh(low) - 1)) / (2 * low));
}
console.log(lines.join('\n'));
