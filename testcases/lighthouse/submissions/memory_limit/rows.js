// Splits the year into rows of ten thousand seconds, on the JavaScript heap, and keeps ten
// numbers for every second.
const rows = [];
for (let i = 0; i <= 1000; i++) rows.push(new Array(100_000).fill(0.5));
const slips = require('fs').readFileSync(0, 'utf8').trim().split('\n').slice(1).map(Number);
slips.sort((a, b) => a - b);
for (const slip of slips) rows[Math.floor(slip / 10_000)][(slip % 10_000) * 10] = slip;
let longest = 0;
for (let i = 1; i < slips.length; i++) longest = Math.max(longest, slips[i] - slips[i - 1]);
console.log(String(longest));
