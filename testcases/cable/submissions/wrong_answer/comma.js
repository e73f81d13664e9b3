// The right numbers, with a comma for the decimal point.
const numbers = require('fs').readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
for (let i = 1; i < numbers.length; i += 2) {
  const [d, length] = [numbers[i], numbers[i + 1]];
  let u = 6;
  for (let step = 0; step < 60; step++) {
    u -= (Math.sinh(u) - (u * length) / d) / (Math.cosh(u) - length / d);
  }
  console.log((((d / 1000) * (Math.cosh(u) - 1)) / (2 * u)).toFixed(9).replace('.', ','));
}
