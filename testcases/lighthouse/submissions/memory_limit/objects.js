// An object for every second of the year, on the JavaScript heap.
const seconds = [];
for (let i = 0; i <= 10_000_000; i++) seconds.push({ second: i, ships: [i] });
const slips = require('fs').readFileSync(0, 'utf8').trim().split('\n').slice(1).map(Number);
slips.sort((a, b) => a - b);
let longest = 0;
for (let i = 1; i < slips.length; i++) {
  longest = Math.max(longest, seconds[slips[i]].second - seconds[slips[i - 1]].second);
}
console.log(String(longest));
